"""Metrics of leads and their stages; the definitions are in `lead_metrics`."""

from collections.abc import Iterator

import numpy as np

from tracker.rules.reports.columns.conversion import converted
from tracker.rules.reports.columns.counting import report_of
from tracker.rules.reports.columns.rows import STAYS, Rows
from tracker.rules.reports.columns.tables import Array
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.lead_metrics import slowest
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group

_OPEN, _WON, _LOST = 0, 1, 2


def leads_added(view: View, period: Period) -> Rows:
    """Leads that were created in the period."""
    lead = np.flatnonzero(view.visible & view.holds(period, view.tables.leads["created"]))
    return Rows(tables=view.tables, table="leads", row=lead, lead=lead)


def source_quality(view: View, period: Period) -> Rows:
    """Hits came into the stage marked *Qualified* or a later one."""
    rows, steps = leads_added(view, period), view.tables.steps
    reached = np.zeros(len(view.tables), dtype=bool)
    mark = next((n for n, stage in enumerate(view.facts.stages) if stage.is_qualified), None)
    if mark is not None:
        stage = steps["stage"][view.steps]
        is_far = (view.kind(stage) != _LOST) & (view.index(stage) >= mark)
        reached[steps["lead"][view.steps[is_far]]] = True
    return Rows(
        tables=view.tables, table="leads", row=rows.row, lead=rows.lead, hit=reached[rows.lead], score=view.tables.leads["score"][rows.lead]
    )


def pipeline(view: View, _: Period) -> Rows:
    """Open leads by stage now, with what they are expected to buy for."""
    leads = view.tables.leads
    is_there = view.visible & ~leads["erased"] & (leads["created"] <= view.now) & (leads["archived"] > view.now)
    stage = leads["stage"]
    if view.facts.is_past:
        stage = stage.copy()
        stage[view.tables.steps["lead"][view.steps]] = view.tables.steps["stage"][view.steps]  # of several the last one stays
    lead = np.flatnonzero(is_there & (view.kind(stage) == _OPEN) & (view.index(stage) >= 0))
    days = np.full(len(lead), view.today)
    found = converted(view, leads["value"][lead], leads["currency"][lead], days)
    return Rows(
        tables=view.tables,
        table="leads",
        row=lead,
        lead=lead,
        own={Group.STAGE: stage[lead]},
        amount=found.amount,
        foreign=found.foreign,
        foreign_amount=found.foreign_amount,
        estimated=found.is_estimated,
    )


def entered(view: View, period: Period) -> Rows:
    """Leads by the stages that they came into in the period, each lead once a stage."""
    steps = view.tables.steps
    inside = view.steps[view.holds(period, steps["at"][view.steps])]
    stages, leads = [np.empty(0, dtype="i4")], [np.empty(0, dtype="i8")]
    for code in np.flatnonzero(np.bincount(steps["stage"][inside])).tolist():
        came = np.zeros(len(view.tables), dtype=bool)
        came[steps["lead"][inside[steps["stage"][inside] == code]]] = True
        leads.append(np.flatnonzero(came))
        stages.append(np.full(len(leads[-1]), code, dtype="i4"))
    lead, stage = np.concatenate(leads), np.concatenate(stages)
    return Rows(tables=view.tables, table="leads", row=lead, lead=lead, own={Group.STAGE: stage})


def conversion(view: View, period: Period) -> Rows:
    """One row for each lead that came into an open stage in the period, and each later open stage or Won."""
    steps = view.tables.steps
    lead, stage = steps["lead"][view.steps], steps["stage"][view.steps]
    inside = view.holds(period, steps["at"][view.steps])
    places = [(code, one) for code, one in view.stages if one.kind != "lost"]
    last = {code: _last(view, lead, stage == code) for code, _ in places}
    found: list[tuple[Array, Array, Array]] = []
    for n, (code, one) in enumerate(places):
        if one.kind != "open":
            continue
        entries = np.flatnonzero(inside & (stage == code))
        is_first = np.ones(len(entries), dtype=bool)
        is_first[1:] = lead[entries[1:]] != lead[entries[:-1]]
        entries = entries[is_first]
        its = lead[entries]
        for to, other in places[n + 1 :]:
            step = view.names.code(f"{one.id}>{other.id}")
            found.append((its, np.full(len(its), step), last[to][its] > entries))
    joined = [np.concatenate(parts) for parts in zip(*found, strict=True)] if found else [np.empty(0, dtype="i8")] * 3
    return Rows(tables=view.tables, table="leads", row=joined[0], lead=joined[0], own={Group.STEP: joined[1]}, hit=joined[2].astype(bool))


def _last(view: View, lead: Array, wanted: Array) -> Array:
    """The place of the last wanted step of each lead; -1: it has none."""
    found = np.full(len(view.tables), -1, dtype="i8")
    places = np.flatnonzero(wanted)
    found[lead[places]] = places  # in ascending order: of several the last one stays
    return found


def time_in_stage(view: View, period: Period) -> Rows:
    """Stays that ended in the period."""
    steps = view.tables.steps
    begin, end = _pairs(view)
    inside = view.holds(period, steps["at"][end])
    begin, end = begin[inside], end[inside]
    return Rows(
        tables=view.tables,
        table=STAYS,
        row=begin,
        lead=steps["lead"][begin],
        own={Group.STAGE: steps["stage"][begin]},
        ms=steps["at"][end] - steps["at"][begin],
    )


def time_so_far(view: View, period: Period) -> Rows:
    """Stays of open leads that last, without archived ones."""
    steps, found = view.tables.steps, pipeline(view, period)
    last = np.full(len(view.tables), -1, dtype="i8")
    last[steps["lead"][view.steps]] = view.steps  # in ascending order: of several the last one stays
    row = last[found.lead]
    is_there = (row >= 0) & (steps["stage"][row] == found.own[Group.STAGE])
    row, lead, stage = row[is_there], found.lead[is_there], found.own[Group.STAGE][is_there]
    return Rows(tables=view.tables, table="leads", row=lead, lead=lead, own={Group.STAGE: stage}, ms=view.now - steps["at"][row])


def _pairs(view: View) -> tuple[Array, Array]:
    """The rows of each step and the next one of the same lead."""
    lead = view.tables.steps["lead"][view.steps]
    same = np.flatnonzero(lead[1:] == lead[:-1])
    return view.steps[same], view.steps[same + 1]


def won(view: View, period: Period) -> Rows:
    """Moves into Won in the period, with the time since the lead was created."""
    return _closed(view, period, _WON)


def lost(view: View, period: Period) -> Rows:
    """Moves into Lost in the period."""
    return _closed(view, period, _LOST)


def first_wins(view: View) -> Array:
    """The step of the first win of each lead that has one."""
    row = wins(view)
    _, first = np.unique(view.tables.steps["lead"][row], return_index=True)
    return np.asarray(row[first])


def wins(view: View) -> Array:
    """The steps of all wins, by lead and in order of time."""
    return _closings(view, _WON)


def _closings(view: View, kind: int) -> Array:
    """The steps out of a stage of another kind into one of this kind."""
    before, now = _pairs(view)
    kinds = view.kind(view.tables.steps["stage"])
    return np.asarray(now[(kinds[now] == kind) & (kinds[before] != kind)])


def _closed(view: View, period: Period, kind: int) -> Rows:
    steps = view.tables.steps
    row = _closings(view, kind)
    row = row[view.holds(period, steps["at"][row])]
    lead = steps["lead"][row]
    own = {Group.STAGE: steps["stage"][row], Group.REASON: steps["reason"][row]}
    return Rows(tables=view.tables, table="steps", row=row, lead=lead, own=own, ms=steps["at"][row] - view.tables.leads["created"][lead])


def bottleneck(view: View, period: Period) -> tuple[str, float] | None:
    """The open stage whose leads take longest compared with usual, and by how much; None without an ended stay."""

    def medians(of: Period) -> Iterator[tuple[str, float]]:
        for stage, figure in report_of(view, time_in_stage(view, of), Group.STAGE).items:
            if stage is not None and figure.median_ms is not None:
                yield stage, figure.median_ms

    return slowest(view.facts, period, lambda of: dict(medians(of)))
