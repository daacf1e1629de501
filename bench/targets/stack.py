"""The whole product as `leadlight up` starts it. Processes are paused with `leadlight pause`."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.targets.process import ROOT, ChildProcess, child_process, cpu_seconds
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import load
from tracker.spool import layout, reader
from tracker.supervise.control import ask

WORKERS = ("live", "bulk")
_UP = (sys.executable, "-m", "tracker.cli.main")
_READY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Stack:
    """A running Leadlight."""

    process: ChildProcess
    deps: Deps
    environ: Mapping[str, str]

    def ps(self) -> dict[str, dict[str, Any]]:
        """Its processes by name."""
        rows = ask(self.deps.settings.run_dir / "control.sock", do="ps")["processes"]
        return {row["name"]: row for row in rows}

    def pause(self, *names: str) -> None:
        """Stops processes until `resume`."""
        for name in names:
            self.command("pause", name)

    def resume(self, *names: str) -> None:
        """Starts paused processes."""
        for name in names:
            self.command("resume", name)

    def command(self, *words: str) -> str:
        """The output of another `leadlight` command. Raises RuntimeError if it fails."""
        done = subprocess.run([*_UP, *words], cwd=ROOT, env=dict(self.environ), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"leadlight {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def cpu_seconds(self) -> float:
        """CPU seconds used so far by every running process, servers included."""
        return sum(self.cpu_by_name().values())

    def cpu_by_name(self) -> dict[str, float]:
        """CPU seconds of every running process, by name."""
        return {name: cpu_seconds(row["pid"]) for name, row in self.ps().items() if row["pid"]}

    def events(self) -> int:
        """The number of events, by MongoDB's estimate."""
        return self.deps.store.database.events.estimated_document_count()

    def dirty_marks(self) -> int:
        """The number of dirty marks, by MongoDB's estimate."""
        return self.deps.store.database.dirty.estimated_document_count()

    def spool_rows(self) -> int:
        """The number of spool rows that are not in MongoDB yet, by the drain's watermarks."""
        marks = layout.Watermarks()
        rows = 0
        for file in layout.files(self.deps.settings.spool_dir):
            with contextlib.suppress(FileNotFoundError):  # drained and unlinked meanwhile
                rows += max(0, reader.last_seq(file) - marks.get(file))
        return rows


@contextlib.contextmanager
def running_stack(folder: Path, port: int, **settings: str) -> Iterator[Stack]:
    """A Leadlight with its own DATA folder, ready."""
    data = folder / "var"
    data.mkdir(parents=True, exist_ok=True)
    environ = {"PORT": str(port), "DATA": str(data), "LEADLIGHT_CONFIG": str(folder / "none.toml"), **settings}
    with child_process("up", [*_UP, "up"], folder, environ) as process:
        process.wait_until(lambda: "Ready after" in process.log.read_text("utf-8", errors="replace"), _READY_SECONDS)
        deps = open_deps(load(environ))
        try:
            yield Stack(process, deps, {**os.environ, **environ})
        finally:
            deps.store.database.client.close()
            deps.redis.close()
