"""One host of the rig: its folder, its servers, its Leadlight. What ends is started again a second later, as by an init system."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.faults.hosts.network import Network
from tests.system.stack import ROOT
from tracker.embedded.servers import die_with_parent
from tracker.spool import layout, reader
from tracker.supervise.proc import all_pids, children, has_variable

PORT = 24_400
EDGE_PORT = PORT + 1
_RESTART_SECONDS = 1.0
LEADLIGHT = "leadlight"
CONSOLE_NAME = f"console.northwind.example:{PORT}"
"""The name by which reps reach the consoles, through a load balancer."""


class Machine:
    """A host. Its processes are started by the thread that calls `tend`, and end with it."""

    def __init__(self, name: str, network: Network, folder: Path, environ: Mapping[str, str], processes: Mapping[str, str]) -> None:
        """`processes`: the lines of its Procfile."""
        self.name, self.folder, self._network = name, folder, network
        self.address = network.address(name)
        folder.mkdir()
        self.data = folder / "var"
        self._procfile = folder / "Procfile"
        self._procfile.write_text("".join(f"{each}: {command}\n" for each, command in processes.items()))
        self.processes = tuple(processes)
        self._environ = {**environ, "HOST": self.address, "HOST_NAME": name, "PORT": str(PORT)}
        self._servers: dict[str, list[str]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._due: dict[str, float] = {}
        self.is_on = False

    def set(self, **environ: str) -> None:
        """Settings that become known before it starts."""
        self._environ |= environ

    @property
    def environ(self) -> dict[str, str]:
        return {**self._environ, "DATA": str(self.data)}

    @property
    def edge(self) -> str:
        return f"http://{self.address}:{EDGE_PORT}"

    @property
    def console(self) -> str:
        return f"http://{self.address}:{PORT}"

    def add_server(self, name: str, command: list[str]) -> None:
        """A database server of this host."""
        self._servers[name] = command

    def switch_on(self, *, with_leadlight: bool = True) -> None:
        """Starts its servers and its Leadlight."""
        self.is_on = True
        wanted = {*self._servers, *([LEADLIGHT] if with_leadlight else [])}
        self._due |= dict.fromkeys(wanted - self._running.keys(), 0.0)
        self.tend()

    def tend(self) -> None:
        """Starts what is due, and notes what has ended."""
        if not self.is_on:
            return
        now = time.monotonic()
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                del self._running[name]
                self._due[name] = now + _RESTART_SECONDS
        for name, due in list(self._due.items()):
            if now >= due:
                del self._due[name]
                self._start(name)

    def switch_off(self) -> None:
        """Kills every process of the host at once, as by a power failure."""
        self.is_on = False
        for process in self._running.values():  # Valkey overwrites its environment, by which the others are found
            process.kill()
        marks = [f"DATA={self.data}", f"DATA={self.data.resolve()}"]
        while pids := [pid for pid in all_pids() if any(has_variable(pid, mark) for mark in marks) and pid != os.getpid()]:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        for process in self._running.values():
            process.wait()
        self._running.clear()
        self._due.clear()

    def stop(self, seconds: float = 60) -> None:
        """Stops its Leadlight in order."""
        if process := self._running.get(LEADLIGHT):
            process.terminate()
            process.wait(seconds)
        self.switch_off()

    def pids(self) -> dict[str, int]:
        """Its processes by name: servers, `leadlight`, what that runs, and the worker of each gunicorn."""
        found = {name: process.pid for name, process in self._running.items() if process.poll() is None}
        with contextlib.suppress(OSError, ValueError):
            for row in json.loads((self.data / "run" / "ps.json").read_text()):
                if has_variable(row["pid"], f"DATA={self.data.resolve()}"):
                    found[row["name"]] = row["pid"]
                    if row["name"] in {"edge", "console"} and (workers := children(row["pid"])):
                        found[f"{row['name']} worker"] = workers[0]
        return found

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> bool:
        """Signals a process; false if it does not run."""
        pid = self.pids().get(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    def is_ready(self) -> bool:
        """What a load balancer asks: `/readyz` of the edge."""
        try:
            return httpx.get(f"{self.edge}/readyz", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def has_console(self) -> bool:
        """Whether the console responds."""
        try:
            return httpx.get(f"{self.console}/healthz", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def backlog(self) -> int:
        """Rows in its spool that no drain has read yet."""
        return backlog_of(self.data / "spool")

    def log(self, name: str) -> str:
        """The end of a log."""
        path = self.data / "log" / f"{name}.log" if name in self.processes else self.folder / f"{name}.log"
        return path.read_text("utf-8", errors="replace")[-3000:] if path.exists() else ""

    def _start(self, name: str) -> None:
        command = self._servers.get(name) or [sys.executable, "-m", "tracker.cli.main", "up", "--procfile", str(self._procfile)]
        with (self.folder / f"{name}.log").open("ab") as output:
            self._running[name] = subprocess.Popen(
                self._network.command(self.name, command),
                cwd=ROOT,
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one libc call: nothing outlives the run
            )


def backlog_of(spool: Path) -> int:
    """Rows in a spool that no drain has read yet."""
    marks, waiting = layout.Watermarks(), 0
    for file in layout.files(spool) if spool.is_dir() else ():
        with contextlib.suppress(FileNotFoundError, layout.Corrupt):
            waiting += max(0, reader.last_seq(file) - marks.get(file))
    return waiting
