"""A whole Leadlight started as a person would, for the tests beside this file."""

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
"""Seconds until a wait fails. A start takes three on a machine of its own; three houses at once on a busy one took forty."""


def wait_for(is_so: Callable[[], bool], explain: Callable[[], str], seconds: float = LONGEST) -> None:
    """Waits until it is so; fails with the explanation."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, explain()
        time.sleep(0.1)


class House:
    """One `leadlight up` with a DATA folder and ports of its own."""

    def __init__(self, environ: Mapping[str, str], procfile: Path | None = None) -> None:
        self.environ = {**os.environ, **environ}
        self.out = Path(environ["DATA"]).with_suffix(".out")
        command = [sys.executable, "-m", "tracker.cli.main", "up", *(["--procfile", str(procfile)] if procfile else [])]
        with self.out.open("a") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=out, stderr=out, start_new_session=True)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another `leadlight` command, from another shell."""
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
        """The rows of `leadlight ps --json` by name; empty if nobody answers."""
        found = self.command("ps", "--json")
        return {row["name"]: row for row in json.loads(found.stdout)} if found.returncode == 0 else {}

    def said(self) -> str:
        """All that was printed."""
        return self.out.read_text("utf-8")

    def wait_for(self, is_so: Callable[[], bool], seconds: float = LONGEST) -> None:
        """Waits until it is so; fails with all that was printed."""
        wait_for(is_so, self.said, seconds)

    def wait_ready(self, times: int = 1) -> None:
        """Waits for the last step."""
        self.wait_for(lambda: self.said().count("6/6") >= times or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Stops it as Ctrl-C does; returns the seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(60)
        return time.monotonic() - begun


@contextlib.contextmanager
def house(environ: Mapping[str, str], procfile: Path | None = None) -> Iterator[House]:
    """A house that ends with the block, whatever happens."""
    started = House(environ, procfile)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.stop(signal.SIGTERM)


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether GET answers 200 there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def lives(pid: int) -> bool:
    """Whether the process runs; one that is dead and not yet waited for does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
