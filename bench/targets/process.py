"""A child process of the bench: start, readiness, CPU time, memory, stop. Used by every case."""

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tracker.embedded.servers import die_with_parent
from tracker.supervise.proc import children

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_READY_SECONDS = 60
_STOP_SECONDS = 12


class NotReady(Exception):
    """A process was not ready in time, or ended; the text has the end of its log."""


class ChildProcess:
    """One process with its descendants."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name, self.process, self.log = name, process, log

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = _READY_SECONDS) -> None:
        """Raises NotReady if it ends, or is not ready by then."""
        until = time.monotonic() + seconds
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise NotReady(f"{self.name} is not ready: {self.log.read_text('utf-8', errors='replace')[-2000:]}")
            time.sleep(0.05)

    def cpu_seconds(self) -> float:
        """CPU seconds used so far by the process and its living descendants."""
        return sum(map(cpu_seconds, process_tree(self.process.pid)))

    def stop(self) -> None:
        """Sends SIGTERM, and SIGKILL after a timeout."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextlib.contextmanager
def child_process(
    name: str, command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None, user: str | None = None
) -> Iterator[ChildProcess]:
    """A process that ends with the block, and with its parent."""
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one libc call; our threads hold no lock that it needs
            user=user,
        )
    found = ChildProcess(name, process, log)
    try:
        yield found
    finally:
        found.stop()


def process_tree(pid: int) -> list[int]:
    """The process and its living descendants."""
    return [pid, *(member for one in children(pid) for member in process_tree(one))]


def cpu_seconds(pid: int) -> float:
    """CPU seconds of one process, user and system; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int) -> tuple[float, float]:
    """RSS and PSS of a process in MB; zeros if it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", errors="replace")
    except OSError:
        return 0.0, 0.0
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if line.startswith(("Rss:", "Pss:"))}
    return kilobytes.get("Rss", 0) / 1024, kilobytes.get("Pss", 0) / 1024


def responds(port: int, path: str = "/healthz") -> Callable[[], bool]:
    """A check: whether this path returns a status below 400 now."""

    def is_ready() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return is_ready
