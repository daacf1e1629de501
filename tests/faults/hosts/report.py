"""What a run of several hosts found, in figures."""

import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.hosts.killer import Kill
from tests.faults.hosts.traffic import Probe, Probes
from tests.faults.hosts.view import LiveView
from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger, number_of
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.state import stored

BAR = 15.0
"""Seconds within which everything works again."""


@dataclass
class Report:
    """The figures. `problems` names each failed bar."""

    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Readable."""
        return [*(f"{name}: {value}" for name, value in self.figures.items()), *(f"PROBLEM: {each}" for each in self.problems)]


def count(company: Company, ledger: Ledger) -> dict[str, int]:
    """Acknowledged events, those of them that are lost, and those stored twice."""
    events = stored(company)
    lines = Counter(number_of(event.headers.get("accept-language", "")) for event in events if event.visitor is None)
    pages = Counter(event.id for event in events if event.visitor)
    single = [entry.number for entry in ledger.of("open", "click") if entry.is_answered]
    paged = {key for entry in ledger.of("collect") if entry.is_answered for key in entry.ids}
    lost = sum(not lines[number] for number in single) + sum(not pages[key] for key in paged)
    doubled = sum(each - 1 for each in (*lines.values(), *pages.values()) if each > 1)
    return {
        "requests": len(ledger.entries),
        "without an answer": len(ledger.unanswered),
        "events acknowledged": len(single) + len(paged),
        "lost": lost,
        "doubled": doubled,
    }


def recoveries(kills: Sequence[Kill], probes: Probes) -> dict[str, Any]:
    """Seconds from each kill until a click sent after it, through each host that runs, is in the database, and scored."""
    found: dict[str, list[tuple[float, Kill]]] = {"stored": [], "scored": [], "answered": []}
    back = []
    for kill in kills:
        for wanted, times in found.items():
            ways = [time for host in probes.answers if (time := _way(probes.made, kills, kill, host, wanted)) is not None]
            if ways:
                times.append((max(ways), kill))
        if kill.back and (first := _first(probes.made, kill.host, kill.back, "stored")):
            back.append(first - kill.back)
    slow = [f"{each.kind} on {each.host}: {wanted} after {s:.1f} s" for wanted, times in found.items() for s, each in times if s > BAR]
    by_kind: dict[str, list[float]] = {}
    for seconds, kill in found["scored"]:
        by_kind.setdefault(kill.kind, []).append(round(seconds, 1))
    return {
        "recovery, edge answers": _spread([seconds for seconds, _ in found["answered"]]),
        "recovery, click in the database": _spread([seconds for seconds, _ in found["stored"]]),
        "recovery, click scored": _spread([seconds for seconds, _ in found["scored"]]),
        "click scored, by kind of kill": by_kind,
        "from start of a host to its first click in the database": _spread(back),
        f"slower than {BAR:.0f} s": slow,
    }


def _way(made: Sequence[Probe], kills: Sequence[Kill], kill: Kill, host: str, wanted: str) -> float | None:
    """Seconds until a click through the host; None if the host was switched off, or something else on it was killed meanwhile."""
    if kill.back and kill.host == host:
        return None
    first = _first(made, host, kill.at, wanted)
    if first is None or any(each.host == host and kill.at < each.at < first for each in kills):
        return None
    return first - kill.at


def waits(probes: Sequence[Probe], kills: Sequence[Kill]) -> dict[str, Any]:
    """Seconds from the answer to the database and to the score, of clicks on hosts that were not switched off meanwhile."""
    away = [(kill.host, kill.at - 5, (kill.taken_over or kill.back) + 30) for kill in kills if kill.back]
    calm = [each for each in probes if not any(each.host == host and begin <= each.answered <= end for host, begin, end in away)]
    return {
        "clicks timed": len(calm),
        "answer to database": _spread([each.stored - each.answered for each in calm if each.stored]),
        "answer to score": _spread([each.scored - each.answered for each in calm if each.scored]),
        "slowest scores": sorted(((round(p.scored - p.answered, 1), p.host, round(p.answered)) for p in calm if p.scored), reverse=True)[
            :8
        ],
    }


def views(company: Company, opened: Iterable[LiveView], until: float) -> dict[str, Any]:
    """The share of stored events that each live view received, and its longest silence before `until`."""
    ids = {event.id for event in stored(company)}
    return {
        f"live view through {view.machine.name}": {
            "events": len(view.events),
            "of stored": f"{len(ids & set(view.events)) / max(1, len(ids)):.1%}",
            "repeated": view.repeated,
            "connections": view.connections,
            "longest silence": round(_longest_gap(view, until), 1),
        }
        for view in opened
    }


def deliveries(company: Company, receivers: Receivers) -> dict[str, Any]:
    """Alerts and what the webhook received. A repeat has the key of the first."""
    hooks = receivers.hooks(company)
    rows = [row for row in company.store.deliveries.where({}) if row.channel == "webhook"]
    delivered = {row.id for row in rows if row.state.value == "delivered"}
    arrived: dict[str, float] = {}
    for call in receivers.hook.calls:
        arrived.setdefault(call.headers["webhook-id"], call.at)
    waited = [arrived[row.id] - row.created_at.timestamp() for row in rows if row.id in arrived]
    return {
        "alerts": sum(1 for _ in company.store.alerts.where({})),
        "webhook deliveries": len(delivered),
        "never arrived": len(delivered - set(hooks)),
        "sent again with the same key": sum(hooks.values()) - len(hooks),
        "alert to webhook": _spread(waited),
        "states": dict(Counter(row.state.value for row in rows)),
    }


def _first(probes: Sequence[Probe], host: str, after: float, wanted: str) -> float | None:
    times = [getattr(each, wanted) for each in probes if each.host == host and each.sent >= after]
    return min((each for each in times if each), default=None)


def _longest_gap(view: LiveView, until: float) -> float:
    times = sorted(time for time in view.events.values() if time < until)
    return max((later - before for before, later in itertools.pairwise(times)), default=0.0)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "none"
    ordered = sorted(values)
    return (
        f"p50 {statistics.median(ordered):.1f} s, p95 {ordered[int(len(ordered) * 0.95)]:.1f} s, max {ordered[-1]:.1f} s ({len(ordered)})"
    )
