"""One supervised process: runs in its own process group, restarts with exponential backoff, and stops with its descendants."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from tracker.base.errors import LeadlightError
from tracker.supervise import priority
from tracker.supervise.logfile import LogFile
from tracker.supervise.procfile import Program

State = Literal["stopped", "running", "waiting", "stopping", "paused"]

_PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None)
"""Looked up at import: between fork and exec, a child must not need a lock that another thread may hold."""
_FIRST_PAUSE = 0.25
_MAX_PAUSE = 10.0
_STABLE_SECONDS = 20.0
_GROUP_SECONDS = 2.5
_RELOADING_SECONDS = 0.75


class Child:
    """One supervised process. Times are monotonic seconds; `poll` must be called often."""

    def __init__(
        self, program: Program, *, environ: Mapping[str, str], folder: Path, log: LogFile, changed: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        """`changed`: what differs from `environ` at the moment of a start."""
        self.program = program
        self.log = log
        self.state: State = "stopped"
        self.since = datetime.now(UTC)
        self.restarts = 0
        self._environ, self._changed = dict(environ), changed
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._group: int | None = None
        self._has_session_priority = False
        self._started = 0.0
        self._pause = _FIRST_PAUSE
        self._due = 0.0
        self._kill_at = 0.0
        self._signal_group_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the process; a failed start counts as an exit."""
        self._started = time.monotonic()
        with self.log.open() as output:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the command is from the Procfile
                    self.program.command,
                    cwd=self._folder,
                    env={**self._environ, **self._changed()},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=partial(_prepare, self.program.name),  # noqa: PLW1509 - two system calls that need no lock
                )
            except (OSError, LeadlightError) as error:
                with contextlib.suppress(OSError):
                    output.write(f"cannot be started: {error}\n".encode())
                self._schedule_restart()
                return
        self._group, self._has_session_priority = self._process.pid, False
        self._enter("running")

    def poll(self) -> str | None:
        """Detects an exit and restarts when due. Returns a message for the terminal, if any."""
        now = time.monotonic()
        code = self._process.poll() if self._process else None
        message = None
        if self._process is not None and not self._has_session_priority:
            self._has_session_priority = priority.set_session_priority(self._process.pid)
        if code is not None:
            self._process = None
            self._signal_group(signal.SIGTERM)
            if self.state == "running":
                self._kill_at = now + _GROUP_SECONDS
                message = f"{self.program.name} ended ({_cause(code)}); starting it again"
                # The last log line of a killed process is unrelated to its end.
                message += f". {self.log.last_line()}" if code > 0 else ""
                self._schedule_restart()
        if self._process is None and self._group is not None:
            self._end_group(now)
        if self._process is None and self._group is None:
            if self.state == "stopping":
                self._enter("paused")
            elif self.state == "waiting" and now >= self._due:
                self.restarts += 1
                self.start()
        elif self.state != "running" and now >= self._kill_at:
            self._signal_group(signal.SIGKILL)
        elif self.state == "stopping" and now >= self._signal_group_at:
            self._signal_group_at = self._kill_at
            self._signal_group(signal.SIGTERM)
        return message

    def stop(self, seconds: float) -> None:
        """Sends SIGTERM, and SIGKILL after `seconds`; `poll` completes the change to `paused`."""
        if self.state in {"paused", "stopped"}:
            self._enter("paused")
            return
        self._kill_at = time.monotonic() + seconds
        # During a reload, gunicorn ignores SIGTERM while it waits for old workers, so they get the signal directly.
        self._signal_group_at = time.monotonic() + _RELOADING_SECONDS if self.is_gunicorn else self._kill_at
        self._enter("stopping")
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    @property
    def is_gunicorn(self) -> bool:
        """Whether the process is a gunicorn, which on SIGHUP starts new workers before the old ones finish."""
        return Path(self.program.command[0]).name == "gunicorn"

    def reload(self) -> None:
        """Sends SIGHUP to the process, not to its group."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Kills the process and its group."""
        self._kill_at = 0.0
        if self.state not in {"paused", "stopped"}:
            self._enter("stopping")
        self._signal_group(signal.SIGKILL)

    def resume(self) -> None:
        """Starts a paused process; has no effect on a running one."""
        if self.state in {"paused", "stopped"}:
            self._pause = _FIRST_PAUSE
            self.start()
        elif self.state == "stopping":
            self._due = 0.0
            self._enter("waiting")

    def _schedule_restart(self) -> None:
        if time.monotonic() - self._started > _STABLE_SECONDS:
            self._pause = _FIRST_PAUSE
        self._due = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, _MAX_PAUSE)
        self._enter("waiting")

    def _end_group(self, now: float) -> None:
        """Ends the rest of the process group, which may hold ports, before a restart."""
        group = self._group
        if group is None:
            return
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-group, os.WNOHANG)[0]:
                pass
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            self._group = None
            return
        if now >= self._kill_at:
            self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._group is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, number)

    def _enter(self, state: State) -> None:
        self.state = state
        self.since = datetime.now(UTC)


def _prepare(name: str) -> None:
    """Runs in the child before exec: sets its priority and ends it with its parent."""
    priority.set_priority(name)
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _cause(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
