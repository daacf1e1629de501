"""What processes have used so far: CPU, writes, network, counters. Read before and after a stage."""

import re
import urllib.request
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_SAMPLE = re.compile(r"^(leadlight_\w+)(?:\{(.*)\})? (\S+)$", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums since the start by role. CPU in seconds; writes are calls, `written` bytes that reach the disk; network is MongoDB's."""

    cpu: dict[str, float]
    written: dict[str, int]
    writes: dict[str, int]
    network: int
    counters: dict[str, float]

    def __sub__(self, before: "Usage") -> "Usage":
        """What was used in between."""
        return Usage(
            cpu={name: self.cpu[name] - before.cpu.get(name, 0.0) for name in self.cpu},
            written={name: self.written[name] - before.written.get(name, 0) for name in self.written},
            writes={name: self.writes[name] - before.writes.get(name, 0) for name in self.writes},
            network=self.network - before.network,
            counters={name: value - before.counters.get(name, 0.0) for name, value in self.counters.items()},
        )


def counters(port: int) -> dict[str, float]:
    """The sums of all counters over their labels but `outcome`: `name` or `name outcome`. Raises OSError."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as response:
        text = response.read().decode()
    found: defaultdict[str, float] = defaultdict(float)
    for name, labels, value in _SAMPLE.findall(text):
        outcome = re.search(r'outcome="(\w+)"', labels)
        found[f"{name} {outcome[1]}" if outcome else name] += float(value)
    return dict(found)


def io_of(pid: int) -> dict[str, int]:
    """The counters of `/proc/PID/io`; none for a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text("ascii").splitlines()
    except OSError:
        return {}
    return {name: int(value) for name, _, value in (line.partition(": ") for line in lines)}
