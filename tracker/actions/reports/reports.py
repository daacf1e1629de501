"""Reports on leads and events of a workspace. Used by the API and the console."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.base.time_zones import zone_of
from tracker.rules.visibility import Owners
from tracker.store.reports.reports import Reports


@dataclass(slots=True)
class SourceRow:
    """One source: its leads, their results and their sales (minor units by currency)."""

    source: str | None
    leads: int = 0
    won: int = 0
    lost: int = 0
    score: int = 0
    """Mean score, rounded."""
    sales: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage: its current leads and recent moves into it."""

    stage: str
    kind: str
    leads: int
    moved_in: int


@dataclass(frozen=True, slots=True)
class DayRow:
    """One local day: its counted events by kind."""

    day: str
    counts: dict[str, int]


def sources(deps: Deps, workspace: str, *, visible_to: Owners | None = None) -> list[SourceRow]:
    """Every source in use or in the list, by number of leads."""
    found, known = Reports(deps.store.database, workspace), deps.store.workspaces.get(workspace)
    kinds = {stage.id: stage.kind for stage in known.stages}
    rows = {source.name: SourceRow(source.name) for source in deps.store.of(workspace).sources.all()}
    sums: dict[str | None, int] = defaultdict(int)
    for source, stage, leads, score in found.leads_by("source", visible_to=visible_to):
        row = rows.setdefault(source or "", SourceRow(source))
        row.leads += leads
        row.won += leads if kinds.get(stage) == "won" else 0
        row.lost += leads if kinds.get(stage) == "lost" else 0
        sums[source or ""] += score
    sales = found.sales_by_source(visible_to=visible_to)
    for name, row in rows.items():
        row.score = round(sums[name] / row.leads) if row.leads else 0
        row.sales = dict(sales.get(row.source, []))
    return sorted(rows.values(), key=lambda row: (-row.leads, row.source or "~"))


def stages(deps: Deps, workspace: str, *, days: int = 30, visible_to: Owners | None = None) -> list[StageRow]:
    """The stages in order; `moved_in` counts moves of the last `days`."""
    found, known = Reports(deps.store.database, workspace), deps.store.workspaces.get(workspace)
    leads: dict[str, int] = defaultdict(int)
    for _, stage, n, _ in found.leads_by("stage", visible_to=visible_to):
        leads[stage] += n
    moved = found.moves_into(deps.now() - timedelta(days=days), visible_to=visible_to)
    return [StageRow(stage.name, stage.kind, leads[stage.id], moved.get(stage.id, 0)) for stage in known.stages]


def activity(deps: Deps, workspace: str, *, days: int = 30) -> list[DayRow]:
    """Counted events of the last days by local day, without empty days; of the first day from the present quarter of an hour on."""
    zone = zone_of(deps.store.workspaces.get(workspace).timezone)
    by_day: dict[str, Counter[str]] = defaultdict(Counter)
    for quarter in deps.store.of(workspace).event_days.since(deps.now() - timedelta(days=days)):
        by_day[quarter.at.astimezone(zone).date().isoformat()].update(quarter.counts)
    return [DayRow(day, dict(sorted(counts.items()))) for day, counts in sorted(by_day.items())]
