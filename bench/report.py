"""The report: rows of results, their table, and the JSON of a whole run. Used by cases and the command."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.figures import Spread, ratios, rounded, spread

HEAD = ("case", "what", "median (least–most)", "unit", "against", "ratio (least–most)", "bar", "")


@dataclass(frozen=True, slots=True)
class Bar:
    """The requirement for a row: its ratio if it has a reference, else its value, is at least or at most the limit."""

    sense: Literal["≥", "≤"]
    limit: float

    def holds(self, value: float) -> bool:
        """Whether this value meets it."""
        return value >= self.limit if self.sense == "≥" else value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement of every round, and the rounds of its reference."""

    case: str
    what: str
    unit: str
    values: Sequence[float]
    against: str = ""
    reference: Sequence[float] = ()
    bar: Bar | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """Further values for the JSON, such as CPU per request."""

    @property
    def spread(self) -> Spread:
        """Of the values."""
        return spread(self.values)

    @property
    def ratio(self) -> Spread | None:
        """Of values to references, round by round; None without a reference."""
        return spread(ratios(self.values, self.reference)) if self.reference else None

    @property
    def holds(self) -> bool | None:
        """Whether the median meets the bar; None without a bar."""
        return self.bar.holds((self.ratio or self.spread).median) if self.bar else None

    def cells(self) -> tuple[str, ...]:
        """The row as the table shows it."""
        verdict = {None: "", True: "yes", False: "NO"}[self.holds]
        bar = f"{self.bar.sense} {self.bar.limit:g}{' ×' if self.reference else ''}" if self.bar else ""
        ratio = _written(self.ratio) if self.ratio else ""
        return (self.case, self.what, _written(self.spread), self.unit, self.against, ratio, bar, verdict)

    def as_json(self) -> dict[str, Any]:
        """The row with every round."""
        known: dict[str, Any] = {"case": self.case, "what": self.what, "unit": self.unit, "values": list(self.values)}
        if self.reference:
            known |= {"against": self.against, "reference": list(self.reference), "ratios": ratios(self.values, self.reference)}
        if self.bar:
            known |= {"bar": f"{self.bar.sense} {self.bar.limit:g}", "holds": self.holds}
        return known | ({"more": self.more} if self.more else {})


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> str:
    """The rows as a Markdown table with aligned columns."""
    widths = [max(len(line[i]) for line in (head, *rows)) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines)


def write(path: Path, **document: Any) -> None:
    """Writes a run to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n", "utf-8")


def _written(found: Spread) -> str:
    if found.least == found.most:
        return rounded(found.median)
    return f"{rounded(found.median)} ({rounded(found.least)}–{rounded(found.most)})"
