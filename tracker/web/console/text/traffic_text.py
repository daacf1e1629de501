"""Words and numbers for automatic traffic: causes, kinds, reasons merged by their sentence, shares. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tracker.rules.automatic_traffic import Count, TrafficCause, TrafficKind, TrafficSummary
from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of
from tracker.web.console.text.devices import device_of
from tracker.web.console.text.reason_text import has_text, reason_text

CAUSES = {
    TrafficCause.PERSON: "People",
    TrafficCause.AUTOMATIC: "Automatic",
    TrafficCause.UNSURE: "Not confirmed",
    TrafficCause.OWN: "Your team",
    TrafficCause.REPEATED: "Repeated",
}
KINDS = {TrafficKind.OPEN: "Opens", TrafficKind.CLICK: "Clicks", TrafficKind.PAGE: "Pages"}
_LONGEST_AGENT = 80
_ROBOT = "robot_agent"


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """One row of the table of numbers: a cause, and its events of each kind."""

    label: str
    numbers: tuple[int, ...]
    """In the order of KINDS."""
    total: int
    share: str


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A sentence, and the number of events that it explains."""

    name: str
    """The name of a reason with this sentence."""
    text: str
    events: int


def traffic_rows(summary: TrafficSummary) -> list[TrafficRow]:
    """One row for each cause, and one for all."""
    causes: list[tuple[str, tuple[TrafficCause, ...]]] = [(label, (cause,)) for cause, label in CAUSES.items()]
    return [_row(summary, label, only) for label, only in [*causes, ("All", tuple(TrafficCause))]]


def _row(summary: TrafficSummary, label: str, causes: tuple[TrafficCause, ...]) -> TrafficRow:
    numbers = tuple(sum(summary.counts[kind][cause] for cause in causes) for kind in KINDS)
    return TrafficRow(label, numbers, sum(numbers), share_text(sum(numbers), summary.total()))


def share_text(part: int, whole: int) -> str:
    """`38 %`, `<1 %`; a dash where there is nothing to compare with."""
    if not whole:
        return "–"
    percent = round(100 * part / whole)
    return "<1 %" if part and not percent else f"{percent} %"


def reason_rows(counts: Iterable[Count]) -> list[ReasonRow]:
    """Reasons with the same sentence become one row; the largest first. An event with two such reasons counts twice."""
    rows: dict[str, ReasonRow] = {}
    for name, events in counts:
        text = reason_text(name)
        known = rows.get(text)
        rows[text] = ReasonRow(known.name if known else _named(name), text, events + (known.events if known else 0))
    return sorted(rows.values(), key=lambda row: (-row.events, row.text))


def says(sentence: str) -> Callable[[str], bool]:
    """Whether a reason has this sentence, by its name."""
    return lambda reason: reason_text(reason) == sentence


def _named(name: str) -> str:
    return name if has_text(name) else _ROBOT


def program_text(agent: str) -> str:
    """The program that an agent names: `Chrome on Windows`, else the beginning of the agent."""
    if not agent.strip():
        return "No program named"
    device = device_of(agent).name if agent_of(agent).kind is AgentKind.BROWSER else ""
    return device or (agent if len(agent) <= _LONGEST_AGENT else f"{agent[: _LONGEST_AGENT - 1].rstrip()}…")
