"""Reports on leads and events of a workspace. Used by the API and the console."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from tracker.actions.deps import Deps
from tracker.actions.reports.followed_tables import tables_of
from tracker.base.time_zones import zone_of
from tracker.rules.reports.columns.packing import NO_SCORE
from tracker.rules.reports.columns.tables import NEVER, Array, Tables
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
    known = deps.store.workspaces.get(workspace)
    tables, kinds = tables_of(deps, known), {stage.id: stage.kind for stage in known.stages}
    seen = _seen(tables, visible_to)
    rows = {source.name: SourceRow(source.name) for source in deps.store.of(workspace).sources.all()}
    sums: dict[str | None, int] = defaultdict(int)
    for (source, stage), leads, score in _present(tables, seen, "source", "stage"):
        row = rows.setdefault(source or "", SourceRow(source))
        row.leads += leads
        row.won += leads if kinds.get(stage or "") == "won" else 0
        row.lost += leads if kinds.get(stage or "") == "lost" else 0
        sums[source or ""] += score
    sales = _sales_by_source(tables, seen)
    for name, row in rows.items():
        row.score = round(sums[name] / row.leads) if row.leads else 0
        row.sales = sales.get(row.source, {})
    return sorted(rows.values(), key=lambda row: (-row.leads, row.source or "~"))


def stages(deps: Deps, workspace: str, *, days: int = 30, visible_to: Owners | None = None) -> list[StageRow]:
    """The stages in order; `moved_in` counts moves of the last `days`."""
    known = deps.store.workspaces.get(workspace)
    tables = tables_of(deps, known)
    seen = _seen(tables, visible_to)
    leads = {stage: count for (stage,), count, _ in _present(tables, seen, "stage")}
    ids = None if visible_to is None else {lead.decode() for lead in tables.leads["id"][seen].tolist()}
    moved = Reports(deps.store.database, workspace).moves_into(deps.now() - timedelta(days=days), leads=ids)
    return [StageRow(stage.name, stage.kind, leads.get(stage.id, 0), moved.get(stage.id, 0)) for stage in known.stages]


def _seen(tables: Tables, owners: Owners | None) -> Array:
    """Which leads are there and of these owners (None: of all)."""
    leads = tables.leads
    there: Array = ~(leads["erased"] | leads["is_day"])
    return there if owners is None else there & np.isin(leads["owner"], [tables.names.known(one) for one in owners])


def _present(tables: Tables, seen: Array, *columns: str) -> Iterable[tuple[tuple[str | None, ...], int, int]]:
    """By the values of these columns: how many leads that are not archived have them, and the sum of their scores."""
    leads, texts = tables.leads, tables.names
    chosen = np.flatnonzero(seen & (leads["archived"] == NEVER))
    keys, place, counts = np.unique(
        np.stack([leads[name][chosen] for name in columns], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    scores = np.zeros(len(keys), dtype="i8")
    np.add.at(scores, place.reshape(-1), np.where(leads["score"][chosen] == NO_SCORE, 0, leads["score"][chosen]))
    for key, count, score in zip(keys.tolist(), counts.tolist(), scores.tolist(), strict=True):
        yield tuple(texts.text(code) for code in key), count, score


def _sales_by_source(tables: Tables, seen: Array) -> dict[str | None, dict[str, int]]:
    """By source: the sum of the sales of its leads in each currency, in minor units."""
    sales, texts = tables.sales, tables.names
    row = np.flatnonzero(seen[sales["lead"]])
    pairs = np.stack([tables.leads["source"][sales["lead"][row]], sales["currency"][row]], axis=1)
    keys, place = np.unique(pairs, axis=0, return_inverse=True)
    amounts = np.zeros(len(keys), dtype="i8")
    np.add.at(amounts, place.reshape(-1), sales["amount"][row])
    found: dict[str | None, dict[str, int]] = defaultdict(dict)
    for (source, currency), amount in zip(keys.tolist(), amounts.tolist(), strict=True):
        found[texts.text(source)][texts.text(currency) or ""] = amount
    return {source: dict(sorted(its.items())) for source, its in found.items()}


def activity(deps: Deps, workspace: str, *, days: int = 30) -> list[DayRow]:
    """Counted events of the last days by local day, without empty days; of the first day from the present quarter of an hour on."""
    zone = zone_of(deps.store.workspaces.get(workspace).timezone)
    by_day: dict[str, Counter[str]] = defaultdict(Counter)
    for quarter in deps.store.of(workspace).event_days.since(deps.now() - timedelta(days=days)):
        by_day[quarter.at.astimezone(zone).date().isoformat()].update(quarter.counts)
    return [DayRow(day, dict(sorted(counts.items()))) for day, counts in sorted(by_day.items())]
