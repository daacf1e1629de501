"""wrk: maximum throughput over kept connections. Used by the cases that measure throughput."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 64
_SCRIPT = Path(__file__).with_name("wrk.lua")


class LoadFailed(Exception):
    """wrk is missing, or requests failed; the text says which."""


@dataclass(frozen=True, slots=True)
class WrkResult:
    """The result of one run: responses, seconds, latency."""

    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Responses per second."""
        return self.answered / self.seconds


def program() -> str:
    """The wrk to run. Raises LoadFailed, saying how to install it."""
    found = shutil.which("wrk")
    if found is None:
        raise LoadFailed("wrk is not installed; run: apt-get install wrk")
    return found


def write_requests(path: Path, requests: Sequence[bytes]) -> Path:
    """Writes complete requests to the file that the script reads."""
    path.write_bytes(b"".join(b"%d\n%b" % (len(one), one) for one in requests))
    return path


def run(port: int, requests: Path, seconds: float, *, connections: int = CONNECTIONS, start: float = 0.0) -> WrkResult:
    """Loads a server on loopback. `start` (0 to 1) is the position in the requests to begin at. Raises LoadFailed if any response failed."""
    url = f"http://127.0.0.1:{port}"
    command = [program(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(_SCRIPT), url]
    command += ["--", str(requests), str(start)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise LoadFailed(f"wrk printed no result: {done.stderr.strip() or done.stdout.strip()}")
    found = json.loads(line.removeprefix("RESULT "))
    wrong = {name: found[name] for name in ("refused", "broken", "status", "timeout") if found[name]}
    if wrong or not found["requests"]:
        raise LoadFailed(f"{url}: {found['requests']} responses, and {wrong}")
    return WrkResult(found["requests"], found["duration_us"] / 1e6, found["p50_us"] / 1e3, found["p99_us"] / 1e3)
