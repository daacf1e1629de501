"""Starts the processes of the Procfile and the embedded servers, restarts what dies, stops all in order. Called by `leadlight up`."""

from tracker.supervise.control import NotRunning, ask
from tracker.supervise.leftovers import end_leftovers
from tracker.supervise.procfile import Program, read_procfile
from tracker.supervise.supervisor import Stopped, Supervisor

__all__ = ["NotRunning", "Program", "Stopped", "Supervisor", "ask", "end_leftovers", "read_procfile"]
