"""Servers under load: edges and bare servers with the edge's gunicorn configuration, each with its own ports and DATA folder."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.load.requests import ORIGIN
from bench.targets.process import ChildProcess, child_process, responds
from tracker.base.settings import Settings, load
from tracker.links.keys import Keys
from tracker.spool import layout, policy, reader

WORKSPACE, SITE = "ab" * 8, "5e" * 8
STOCK = "asgi"
"""gunicorn's own worker class, the base of the edge's."""


@dataclass(frozen=True, slots=True)
class LoadedServer:
    """A running server."""

    name: str
    port: int
    process: ChildProcess
    settings: Settings

    @property
    def keys(self) -> Keys:
        """The keys its tokens are signed with."""
        return Keys.load(self.settings.signing_keys_file)

    def rows(self) -> int:
        """The number of rows in its spool."""
        return sum(map(reader.last_seq, layout.files(self.settings.spool_dir)))

    def discard_rows(self) -> None:
        """Unlinks the finished files of its spool."""
        for file in layout.files(self.settings.spool_dir):
            if layout.is_orphan(file):
                layout.unlink(file)


@contextlib.contextmanager
def edge(folder: Path, port: int, sync: str) -> Iterator[LoadedServer]:
    """An edge without database and drain."""
    environ = _environ(folder / f"edge-{sync}", port, SPOOL_SYNC=sync)
    settings = load(environ)
    known = policy.Policy(
        {WORKSPACE: policy.WorkspacePolicy("Northwind", f"{ORIGIN}/")}, {SITE: policy.SitePolicy(WORKSPACE, (ORIGIN,), ("email",))}
    )
    policy.write(known, policy.path_of(settings))
    with _gunicorn(f"edge-{sync}", folder, environ, settings, "tracker.web.edge.app:app") as server:
        yield server


@contextlib.contextmanager
def bare(folder: Path, port: int, worker: str | None = STOCK) -> Iterator[LoadedServer]:
    """An application that stores nothing, with the same configuration; `worker` None: with the edge's worker class."""
    name = f"bare-{worker or 'edge'}"
    environ = _environ(folder / name, port)
    chosen = ["--worker-class", worker] if worker else []
    with _gunicorn(name, folder, environ, load(environ), *chosen, "bench.targets.bare:app") as server:
        yield server


def _environ(data: Path, port: int, **more: str) -> dict[str, str]:
    data.mkdir(parents=True, exist_ok=True)
    return {"PORT": str(port + 1), "EDGE_PORT": str(port), "DATA": str(data), "LEADLIGHT_CONFIG": str(data / "none.toml"), **more}


@contextlib.contextmanager
def _gunicorn(name: str, folder: Path, environ: dict[str, str], settings: Settings, *words: str) -> Iterator[LoadedServer]:
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_edge.py", *words]
    with child_process(name, command, folder, environ) as process:
        process.wait_until(responds(settings.edge_port))
        yield LoadedServer(name, settings.edge_port, process, settings)
