"""A running Leadlight, started with `leadlight up`. Used by system, fault and browser tests."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.project import ROOT

LONGEST = 120.0
"""Seconds until a wait fails. A start takes three on an idle machine; three at once on a busy one took forty."""


def wait_for(condition: Callable[[], bool], explain: Callable[[], str], seconds: float = LONGEST) -> None:
    """Waits until the condition holds; fails with the explanation."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, explain()
        time.sleep(0.1)


class Stack:
    """One `leadlight up` with its own DATA folder and ports."""

    def __init__(self, environ: Mapping[str, str], procfile: Path | None = None) -> None:
        self.environ = {**os.environ, **environ}
        self.out = Path(environ["DATA"]).with_suffix(".out")
        self._starts = self.output().count("6/6")
        command = [sys.executable, "-m", "tracker.cli.main", "up", *(["--procfile", str(procfile)] if procfile else [])]
        with self.out.open("a") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=out, stderr=out, start_new_session=True)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs another `leadlight` command."""
        return subprocess.run(
            [sys.executable, "-m", "tracker.cli.main", *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ps(self) -> dict[str, dict[str, Any]]:
        """The rows of `leadlight ps --json` by name; empty if the supervisor does not respond."""
        found = self.command("ps", "--json")
        return {row["name"]: row for row in json.loads(found.stdout)} if found.returncode == 0 else {}

    def output(self) -> str:
        """The output of every start with this DATA folder."""
        return self.out.read_text("utf-8") if self.out.exists() else ""

    def wait_for(self, condition: Callable[[], bool], seconds: float = LONGEST) -> None:
        """Waits until the condition holds; fails with the output."""
        wait_for(condition, self.output, seconds)

    def wait_ready(self) -> None:
        """Waits for the last step of this start."""
        self.wait_for(lambda: self.output().count("6/6") > self._starts or self.process.poll() is not None)
        assert self.process.poll() is None, self.output()

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Sends SIGINT, as Ctrl-C does; returns the seconds until it ended."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(60)
        return time.monotonic() - begun


@contextlib.contextmanager
def running_stack(environ: Mapping[str, str], procfile: Path | None = None) -> Iterator[Stack]:
    """Runs a stack until the end of the block."""
    started = Stack(environ, procfile)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.stop(signal.SIGTERM)


def responds(port: int, path: str = "/healthz") -> bool:
    """Whether GET returns 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
