"""Rounds: several servers loaded in turn, A B C A B C, so that other load on the machine affects all of them alike.

Stored events are counted after every round: a response without its event is an error.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import wrk
from bench.load.wrk import CONNECTIONS
from bench.report import Bar, Row

_TIMEOUT_SECONDS = 120
_POLL_SECONDS = 0.02


class Miscounted(RuntimeError):
    """The numbers of responses and of stored events differ."""


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Target:
    """A server under load, and its results round by round."""

    name: str
    port: int
    requests: Path
    cpu: Callable[[], float]
    """CPU seconds used so far by all its processes."""
    count: Callable[[], int] | None = None
    """Events stored so far; None if it stores none."""
    per_request: int = 1
    after: Callable[[], None] = _nothing
    """Called after each round, outside the measurement."""
    rates: list[float] = field(default_factory=list)
    """Requests per second, until every event is stored."""
    cpu_us: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    catch_up: list[float] = field(default_factory=list)
    """Seconds from the last response until every event is stored."""

    def run(self, seconds: float, start: float) -> None:
        """One round. Raises LoadFailed, Miscounted."""
        had = self.count() if self.count else 0
        cpu = self.cpu()
        load = wrk.run(self.port, self.requests, seconds, start=start)
        late = self._wait(had, load.answered) if self.count else 0.0
        self.cpu_us.append((self.cpu() - cpu) / load.answered * 1e6)
        self.rates.append(load.answered / (load.seconds + late))
        self.p50_ms.append(load.p50_ms)
        self.p99_ms.append(load.p99_ms)
        self.catch_up.append(late)
        self.after()

    def _wait(self, had: int, answered: int) -> float:
        begun = polled = time.monotonic()
        assert self.count is not None
        while (kept := self.count() - had) < answered * self.per_request:
            if polled - begun > _TIMEOUT_SECONDS:
                raise Miscounted(f"{self.name}: {answered:,} responses, {kept:,} events stored")
            time.sleep(_POLL_SECONDS)
            polled = time.monotonic()  # without the duration of the count itself
        # wrk does not count responses after its end; their events may be stored nevertheless.
        if kept > (answered + CONNECTIONS) * self.per_request:
            raise Miscounted(f"{self.name}: {answered:,} responses, {kept:,} events stored: there are duplicates")
        return polled - begun

    def row(self, case: str, what: str, against: "Target | None" = None, bar: Bar | None = None, unit: str = "requests/s") -> Row:
        """Its rates, relative to another target's."""
        more = {"cpu_us_per_request": self.cpu_us, "p50_ms": self.p50_ms, "p99_ms": self.p99_ms, "catch_up_seconds": self.catch_up}
        return Row(
            case=case,
            what=what,
            unit=unit,
            values=self.rates,
            against=against.name if against else "",
            reference=against.rates if against else (),
            bar=bar,
            more=more,
        )


def run(targets: Sequence[Target], rounds: int, seconds: float) -> None:
    """Loads each target in turn, `rounds` times."""
    for number in range(rounds):
        for target in targets:
            target.run(seconds, number / rounds)
