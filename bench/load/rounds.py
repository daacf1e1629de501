"""Rounds: several servers loaded in turn, A B C A B C, so that what the machine does meanwhile touches all of them alike.

What a server says it keeps is counted after every load: an answer without its event is an error, not a figure.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import wrk
from bench.load.wrk import CONNECTIONS
from bench.report import Bar, Row

_PATIENCE_SECONDS = 120
_LOOK_SECONDS = 0.02


class Miscounted(RuntimeError):
    """Answers and what was kept do not agree."""


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Subject:
    """A server that is loaded, and what became of it round by round."""

    name: str
    port: int
    requests: Path
    cpu: Callable[[], float]
    """Processor seconds used so far by everything that does its work."""
    count: Callable[[], int] | None = None
    """How many events it keeps by now; None if it keeps none."""
    per_request: int = 1
    after: Callable[[], None] = _nothing
    """Called after each round, outside what is measured."""
    rates: list[float] = field(default_factory=list)
    """Requests a second, counted until everything answered was kept."""
    cpu_us: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    catch_up: list[float] = field(default_factory=list)
    """Seconds from the last answer until everything was kept."""

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
        begun = looked = time.monotonic()
        assert self.count is not None
        while (kept := self.count() - had) < answered * self.per_request:
            if looked - begun > _PATIENCE_SECONDS:
                raise Miscounted(f"{self.name}: {answered:,} requests were answered, {kept:,} events kept")
            time.sleep(_LOOK_SECONDS)
            looked = time.monotonic()  # counting itself may take long, and is not the server's time
        # wrk counts no answers that it did not wait for; their events may be there all the same.
        if kept > (answered + CONNECTIONS) * self.per_request:
            raise Miscounted(f"{self.name}: {answered:,} requests were answered, and {kept:,} events kept: some are doubled")
        return looked - begun

    def row(self, case: str, what: str, against: "Subject | None" = None, bar: Bar | None = None, unit: str = "requests/s") -> Row:
        """Its rates, held against another's."""
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


def run(subjects: Sequence[Subject], rounds: int, seconds: float) -> None:
    """All of them in turn, so many times."""
    for number in range(rounds):
        for subject in subjects:
            subject.run(seconds, number / rounds)
