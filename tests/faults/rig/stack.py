"""A running Leadlight for fault tests: real processes, killed by the pids that `leadlight ps` lists."""

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
from typing import Any, ClassVar

import redis

from tests.ports import free_ports
from tests.system.stack import ROOT, is_alive, responds, wait_for
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import Settings, load
from tracker.embedded.servers import die_with_parent
from tracker.spool import layout, reader

_FREE_BYTES = 3 * 2**30
_LOW_PORT = 18_800
SERVERS = ("mongod", "valkey")


class FaultStack:
    """One `leadlight up`. Tests break it; `recover` restores it."""

    headers: ClassVar[dict[str, str]] = {}
    """What requests to the console need."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        own = {"PORT": str(free_ports(8, low=_LOW_PORT)), "DNS_SERVERS": "off", "DATA": str(folder / "var"), "LEADLIGHT_CONFIG": os.devnull}
        own |= {"OUTBOUND_ALLOW": "127.0.0.0/8", "EDGE_WORKERS": "2", "LOG_LEVEL": "info"}
        self.environ = {**os.environ, **own, **environ}
        self.settings: Settings = load(self.environ)
        self.process: subprocess.Popen[bytes] | None = None

    @cached_property
    def deps(self) -> Deps:
        """Direct access to the stack's MongoDB and Redis."""
        return open_deps(self.settings)

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def edge(self) -> str:
        return f"http://127.0.0.1:{self.settings.edge_port}"

    def start(self, seconds: float = 90) -> None:
        """Starts it and waits until it is ready, and edge and console respond."""
        command = [sys.executable, "-m", "tracker.cli.main", "up"]
        starts = self.output().count("6/6")
        with (self.folder / "up.out").open("ab") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environ,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one libc call: no stack outlives its tests
            )
        self.wait_for(lambda: (self.output().count("6/6") > starts and self.is_healthy()) or not self.is_up(), seconds)
        assert self.is_up(), self.output()

    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_healthy(self) -> bool:
        """Whether console and edge respond."""
        return responds(self.settings.port) and responds(self.settings.edge_port)

    def stop(self) -> None:
        """Stops it in any state."""
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

    def output(self) -> str:
        """The output of `leadlight up`."""
        out = self.folder / "up.out"
        return out.read_text("utf-8", errors="replace") if out.exists() else ""

    def log(self, name: str) -> str:
        """The log of a process."""
        return (self.settings.data / "log" / f"{name}.log").read_text("utf-8", errors="replace")

    def wait_for(self, condition: Any, seconds: float = 120) -> None:
        """Waits until the condition holds; fails with the output."""
        wait_for(condition, self.output, seconds)

    def leadlight(self, *words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a `leadlight` command."""
        command = [sys.executable, "-m", "tracker.cli.main", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=seconds, check=False)

    def leadlight_killed(self, *words: str, after: str, seconds: float) -> bool:
        """Runs a `leadlight` command until so many seconds after this text on stderr, and kills it; returns whether it had not ended."""
        command = [sys.executable, "-m", "tracker.cli.main", *words]
        with subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if after in line:
                    break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            was_running = process.poll() is None
            process.kill()
        return was_running

    def ps(self) -> dict[str, dict[str, Any]]:
        """`leadlight ps --json` by name; of several workers of one process, the last."""
        found = self.leadlight("ps", "--json")
        return {row["name"]: row for row in json.loads(found.stdout)} if found.returncode == 0 else {}

    def pids(self) -> dict[str, int]:
        """The pids of running processes by name."""
        return {name: row["pid"] for name, row in self.ps().items() if row["pid"]}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Waits until the process runs and sends it a signal; returns its pid."""
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
        """Pauses processes while the block runs."""
        self.pause(*names)
        try:
            yield
        finally:
            self.resume(*names)

    def recover(self) -> None:
        """Resumes paused processes after a test, or starts the stack again."""
        if not self.is_up():
            self.start()
        for name, row in self.ps().items():
            if row["state"] == "paused":
                self.resume(name)
        self.wait_for(lambda: all(row["state"] == "running" for row in self.ps().values()) and self.is_healthy() and self.has_servers())

    def has_servers(self) -> bool:
        """Whether MongoDB accepts writes and Redis responds."""
        try:
            return self.deps.store.is_up() and bool(self.deps.redis.ping())
        except (redis.RedisError, OSError):
            return False

    def kill_everything(self, *, and_workers: bool = True) -> None:
        """Kill -9 of the supervisor and of every process and server at once: like a power failure.

        Without `and_workers`, child processes survive: the next start has to end them.
        """
        assert self.process is not None
        rows = json.loads(self.leadlight("ps", "--json").stdout)
        pids = [self.process.pid, *(row["pid"] for row in rows if row["pid"] and (and_workers or "." not in row["name"]))]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.wait_for(lambda: not any(is_alive(pid) for pid in pids))

    def crashing(self, at: str, module: str, arguments: Sequence[str] = (), seconds: float = 30) -> str:
        """Runs one more process until it crashes at the given point; returns its message. See tests/faults/rig/crash.py."""
        command = [sys.executable, "-m", "tests.faults.rig.crash", module, *arguments]
        environ = {**self.environ, "CRASH_AT": at}
        with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                output = process.communicate(timeout=seconds)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                output = process.communicate()[0]
                print(output)
                output += "\ndid not crash"
        lines = output.strip().splitlines() or [""]
        # Another thread may have printed a line after the crash message.
        is_dead = lines[-1] != "did not crash"
        return next((line for line in lines if is_dead and line.startswith("crash ")), lines[-1])

    def spool_backlog(self) -> int:
        """The number of rows that the drain has not read yet."""
        marks, waiting = layout.Watermarks(), 0
        for file in layout.files(self.settings.spool_dir):
            with contextlib.suppress(FileNotFoundError, layout.Corrupt):
                waiting += max(0, reader.last_seq(file) - marks.get(file))
        return waiting

    def expire_leases(self) -> None:
        """Ends the leases of killed processes, which would take a minute."""
        self.wait_for(self.has_servers)  # a server may have been killed last
        base = self.deps.store.database
        base.dirty.update_many({"claim": {"$exists": True}}, {"$set": {"free_at": self.deps.now()}})
        base.deliveries.update_many({"state": "sending"}, {"$set": {"due_at": self.deps.now()}})


@contextlib.contextmanager
def running_fault_stack(name: str, **environ: str) -> Iterator[FaultStack]:
    """Runs a stack, in memory if there is room, and removes it after the block."""
    memory = Path("/dev/shm")
    root = memory if memory.is_dir() and shutil.disk_usage(memory).free > _FREE_BYTES else Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix=f"faults-{name}-", dir=root, ignore_cleanup_errors=True) as folder:
        stack = FaultStack(Path(folder), **environ)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()
