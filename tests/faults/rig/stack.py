"""A whole Leadlight of its own to be broken: real processes, killed by the pids that `leadlight ps` tells."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import redis

from tests.ports import free_ports
from tests.system.house import ROOT, answers, lives, wait_for
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import Settings, load
from tracker.embedded.servers import die_with_parent
from tracker.spool import layout, reader

_FREE_BYTES = 3 * 2**30
_LOW_PORT = 18_800
SERVERS = ("mongod", "valkey")


class FaultHouse:
    """One `leadlight up`. Tests break it; `mend` brings everything back."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        own = {"PORT": str(free_ports(8, low=_LOW_PORT)), "DATA": str(folder / "var"), "LEADLIGHT_CONFIG": os.devnull}
        own |= {"OUTBOUND_ALLOW": "127.0.0.0/8", "EDGE_WORKERS": "2", "LOG_LEVEL": "info"}
        self.environ = {**os.environ, **own, **environ}
        self.settings: Settings = load(self.environ)
        self.process: subprocess.Popen[bytes] | None = None

    @cached_property
    def deps(self) -> Deps:
        """A direct look into the house's MongoDB and Redis."""
        return open_deps(self.settings)

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def edge(self) -> str:
        return f"http://127.0.0.1:{self.settings.edge_port}"

    def start(self, seconds: float = 90) -> None:
        """Starts it and waits until it says that it is ready, and edge and console answer."""
        command = [sys.executable, "-m", "tracker.cli.main", "up"]
        starts = self.said().count("6/6")
        with (self.folder / "up.out").open("ab") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environ,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one libc call: no house outlives its tests
            )
        self.wait_for(lambda: (self.said().count("6/6") > starts and self.is_healthy()) or not self.is_up(), seconds)
        assert self.is_up(), self.said()

    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_healthy(self) -> bool:
        """Whether both doors answer."""
        return answers(self.settings.port) and answers(self.settings.edge_port)

    def stop(self) -> None:
        """Ends it, whatever state it is in."""
        if self.process is not None and self.is_up():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if "deps" in self.__dict__:
            self.deps.store.database.client.close()
            self.deps.redis.close()

    def said(self) -> str:
        """All that `leadlight up` printed."""
        out = self.folder / "up.out"
        return out.read_text("utf-8", errors="replace") if out.exists() else ""

    def log(self, name: str) -> str:
        """All that a process logged."""
        return (self.settings.data / "log" / f"{name}.log").read_text("utf-8", errors="replace")

    def wait_for(self, is_so: Any, seconds: float = 120) -> None:
        """Waits until it is so; fails with what was printed."""
        wait_for(is_so, self.said, seconds)

    def leadlight(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command as an operator types it."""
        command = [sys.executable, "-m", "tracker.cli.main", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=120, check=False)

    def ps(self) -> dict[str, dict[str, Any]]:
        """`leadlight ps --json` by name; of several workers of one process, the last."""
        found = self.leadlight("ps", "--json")
        return {row["name"]: row for row in json.loads(found.stdout)} if found.returncode == 0 else {}

    def pids(self) -> dict[str, int]:
        """The pids of what runs now."""
        return {name: row["pid"] for name, row in self.ps().items() if row["pid"]}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Sends a signal to one process, as soon as it runs; its pid."""
        self.wait_for(lambda: name in self.pids())
        pid = self.pids()[name]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return pid

    def pause(self, *names: str) -> None:
        """Stops processes until they are resumed."""
        for name in names:
            done = self.leadlight("pause", name)
            assert done.returncode == 0, done.stderr

    def resume(self, *names: str) -> None:
        """Starts paused processes again."""
        for name in names:
            done = self.leadlight("resume", name)
            assert done.returncode == 0, done.stderr

    @contextlib.contextmanager
    def paused(self, *names: str) -> Iterator[None]:
        """Paused for as long as the block lasts."""
        self.pause(*names)
        try:
            yield
        finally:
            self.resume(*names)

    def mend(self) -> None:
        """After a test: everything runs again, or the house is started anew."""
        if not self.is_up():
            self.start()
        for name, row in self.ps().items():
            if row["state"] == "paused":
                self.resume(name)
        self.wait_for(lambda: all(row["state"] == "running" for row in self.ps().values()) and self.is_healthy() and self.has_servers())

    def has_servers(self) -> bool:
        """Whether MongoDB takes writes and Redis answers."""
        try:
            return self.deps.store.is_up() and bool(self.deps.redis.ping())
        except (redis.RedisError, OSError):
            return False

    def kill_everything(self, *, and_workers: bool = True) -> None:
        """Kill -9 of the supervisor and of every process and server at once: the nearest thing to a power cut.

        Without `and_workers` those live on that processes of ours had started: the next start has to end them.
        """
        assert self.process is not None
        rows = json.loads(self.leadlight("ps", "--json").stdout)
        pids = [self.process.pid, *(row["pid"] for row in rows if row["pid"] and (and_workers or "." not in row["name"]))]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.wait_for(lambda: not any(lives(pid) for pid in pids))

    def crashing(self, at: str, module: str, arguments: Sequence[str] = (), seconds: float = 30) -> str:
        """Runs a process of ours beside the house until it dies where asked; what it said. See tests/faults/rig/crash.py."""
        command = [sys.executable, "-m", "tests.faults.rig.crash", module, *arguments]
        environ = {**self.environ, "CRASH_AT": at}
        with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                said = process.communicate(timeout=seconds)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                said = process.communicate()[0]
                print(said)
                said += "\ndid not crash"
        lines = said.strip().splitlines() or [""]
        # Another thread may have had its last word after the one that said that it dies.
        is_dead = lines[-1] != "did not crash"
        return next((line for line in lines if is_dead and line.startswith("crash ")), lines[-1])

    def spool_waits(self) -> int:
        """How many rows the drain has not taken yet."""
        marks, waiting = layout.Watermarks(), 0
        for file in layout.files(self.settings.spool_dir):
            with contextlib.suppress(FileNotFoundError, layout.Corrupt):
                waiting += max(0, reader.last_seq(file) - marks.get(file))
        return waiting

    def lapse_leases(self) -> None:
        """The lease of whoever was killed is over: what a test would else wait a minute for."""
        self.wait_for(self.has_servers)  # whoever was killed last may have been one of them
        base = self.deps.store.database
        base.dirty.update_many({"claim": {"$exists": True}}, {"$set": {"free_at": self.deps.now()}})
        base.deliveries.update_many({"state": "sending"}, {"$set": {"due_at": self.deps.now()}})


@contextlib.contextmanager
def fault_house(name: str, **environ: str) -> Iterator[FaultHouse]:
    """A running house in memory where there is room; ended and removed with the block, whatever happens."""
    memory = Path("/dev/shm")
    root = memory if memory.is_dir() and shutil.disk_usage(memory).free > _FREE_BYTES else Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix=f"faults-{name}-", dir=root, ignore_cleanup_errors=True) as folder:
        house = FaultHouse(Path(folder), **environ)
        try:
            house.start()
            yield house
        finally:
            house.stop()
