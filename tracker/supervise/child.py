"""One process kept alive: started in a group of its own, restarted with growing pauses for ever, stopped with all it started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from tracker.supervise import priority
from tracker.supervise.logfile import LogFile
from tracker.supervise.procfile import Program

State = Literal["stopped", "running", "waiting", "stopping", "paused"]

_PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None)
"""Looked up once: between its start and its program, a child must not want what another thread of ours may have locked."""
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 10.0
_STEADY_SECONDS = 20.0
_REMNANT_SECONDS = 2.5
_DEAF_SECONDS = 0.75


class Child:
    """One supervised process. All times are monotonic seconds; `look` must be called often."""

    def __init__(self, program: Program, *, environ: Mapping[str, str], folder: Path, log: LogFile) -> None:
        self.program = program
        self.log = log
        self.state: State = "stopped"
        self.since = datetime.now(UTC)
        self.restarts = 0
        self._environ = dict(environ)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._group: int | None = None
        self._has_share = False
        self._started = 0.0
        self._pause = _FIRST_PAUSE
        self._due = 0.0
        self._kill_at = 0.0
        self._tell_group_at = 0.0

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts it now; a failure to start counts as a death."""
        self._started = time.monotonic()
        with self.log.open() as output:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the command stands in our Procfile
                    self.program.command,
                    cwd=self._folder,
                    env=self._environ,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=partial(_prepare, self.program.name),  # noqa: PLW1509 - two system calls, which wait for no other thread
                )
            except OSError as error:
                with contextlib.suppress(OSError):
                    output.write(f"cannot be started: {error}\n".encode())
                self._wait_a_while()
                return
        self._group, self._has_share = self._process.pid, False
        self._enter("running")

    def look(self) -> str | None:
        """Takes note of a death and restarts when it is time. Gives a sentence for the terminal if something happened."""
        now = time.monotonic()
        code = self._process.poll() if self._process else None
        told = None
        if self._process is not None and not self._has_share:
            self._has_share = priority.share(self._process.pid)
        if code is not None:
            self._process = None
            self._signal_group(signal.SIGTERM)
            if self.state == "running":
                self._kill_at = now + _REMNANT_SECONDS
                told = f"{self.program.name} ended ({_cause(code)}); starting it again"
                # A killed process had no last word: its log ends with whatever it did before.
                told += f". {self.log.last_line()}" if code > 0 else ""
                self._wait_a_while()
        if self._process is None and self._group is not None:
            self._sweep_group(now)
        if self._process is None and self._group is None:
            if self.state == "stopping":
                self._enter("paused")
            elif self.state == "waiting" and now >= self._due:
                self.restarts += 1
                self.start()
        elif self.state != "running" and now >= self._kill_at:
            self._signal_group(signal.SIGKILL)
        elif self.state == "stopping" and now >= self._tell_group_at:
            self._tell_group_at = self._kill_at
            self._signal_group(signal.SIGTERM)
        return told

    def stop(self, seconds: float) -> None:
        """Asks it to end, and makes it end after so many seconds; `look` sees it through to `paused`."""
        if self.state in {"paused", "stopped"}:
            self._enter("paused")
            return
        self._kill_at = time.monotonic() + seconds
        # A gunicorn that waits for its old workers after a reload hears nothing: its workers have to hear it themselves.
        self._tell_group_at = time.monotonic() + _DEAF_SECONDS if self.is_door else self._kill_at
        self._enter("stopping")
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    @property
    def is_door(self) -> bool:
        """Whether it is a gunicorn, which takes SIGHUP for: new workers first, then the old ones finish and go."""
        return Path(self.program.command[0]).name == "gunicorn"

    def hang_up(self) -> None:
        """Sends SIGHUP to the process alone, not to what it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Ends it and all it started at once."""
        self._kill_at = 0.0
        if self.state not in {"paused", "stopped"}:
            self._enter("stopping")
        self._signal_group(signal.SIGKILL)

    def resume(self) -> None:
        """Starts it again after a pause; no effect on one that runs."""
        if self.state in {"paused", "stopped"}:
            self._pause = _FIRST_PAUSE
            self.start()
        elif self.state == "stopping":
            self._due = 0.0
            self._enter("waiting")

    def _wait_a_while(self) -> None:
        if time.monotonic() - self._started > _STEADY_SECONDS:
            self._pause = _FIRST_PAUSE
        self._due = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self._enter("waiting")

    def _sweep_group(self, now: float) -> None:
        """What a dead process leaves behind holds its ports: it has to be gone before the next one starts."""
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
    """In the child, before its program: it ends with us, and has the priority it is due."""
    priority.take(name)
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _cause(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
