"""Filters, groups and figures of rows; see `records` for the same of single records."""

from collections.abc import Mapping

import numpy as np

from tracker.rules.reports.columns.names import NOTHING
from tracker.rules.reports.columns.packing import NO_SCORE
from tracker.rules.reports.columns.rows import Rows
from tracker.rules.reports.columns.tables import Array
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.facts import ERASED
from tracker.rules.reports.records import Figure, Group, Report, in_order

Keys = tuple[Array | None, Array]
"""The places of rows (None: all, once) and the number of the key under which each stands."""
_OF_LEAD = {
    Group.SOURCE: "source",
    Group.OWNER: "owner",
    Group.REP: "owner",
    Group.COUNTRY: "country",
    Group.INDUSTRY: "industry",
    Group.COMPANY: "company",
    Group.STAGE: "stage",
    Group.FIRST_TOUCH: "first_touch",
    Group.LAST_TOUCH: "last_touch",
}


def narrowed(view: View, rows: Rows, filters: Mapping[Group, str | None]) -> Rows:
    """The rows that stand under each of these keys."""
    for group, wanted in filters.items():
        places, codes = keys_of(view, rows, group)
        found = codes == view.names.known(wanted)
        if places is not None:
            kept = np.zeros(len(rows), dtype=bool)
            kept[places[found]] = True
            found = kept
        rows = rows.only(found)
    return rows


def keys_of(view: View, rows: Rows, group: Group) -> Keys:
    """The keys under which rows stand: one each, but for tags and teams."""
    if group in rows.own:
        return None, rows.own[group]
    if group is Group.TEAM:
        return _teams(view, rows)
    if group is Group.OUTCOME:
        return _outcomes(view, rows)
    is_erased = rows.tables.leads["erased"][rows.lead]
    erased = view.names.code(ERASED)
    if group is Group.TAG:
        first, end = rows.tables.first_tags[rows.lead], rows.tables.first_tags[rows.lead + 1]
        return _spread(rows.tables.tags["tag"], first, end, is_erased, erased)
    if group not in _OF_LEAD:
        return None, np.where(is_erased, erased, NOTHING)
    return None, np.where(is_erased, erased, rows.tables.leads[_OF_LEAD[group]][rows.lead])


def _outcomes(view: View, rows: Rows) -> Keys:
    """Each row once for each of its outcomes, at least once."""
    columns = {view.names.code(name): column for name, column in rows.outcomes.items()}
    none = ~np.logical_or.reduce([*columns.values(), np.zeros(len(rows), dtype=bool)])
    found = [(np.flatnonzero(column), code) for code, column in (*columns.items(), (NOTHING, none))]
    return np.concatenate([places for places, _ in found]), np.concatenate(
        [np.full(len(places), code, dtype="i4") for places, code in found]
    )


def _teams(view: View, rows: Rows) -> Keys:
    """The teams of the rep of each row."""
    erased = view.names.code(ERASED)
    _, reps = keys_of(view, rows, Group.REP)
    is_erased = rows.tables.leads["erased"][rows.lead] & (reps == erased)
    teams: list[int] = []
    known, place = np.unique(reps, return_inverse=True)
    firsts, ends = [], []
    for rep in known.tolist():
        firsts.append(len(teams))
        teams += [view.names.code(team) for team in view.facts.teams.get(view.names.text(rep) or "", ())]
        ends.append(len(teams))
    first, end = np.array(firsts, dtype="i8")[place], np.array(ends, dtype="i8")[place]
    return _spread(np.array(teams, dtype="i4"), first, end, is_erased, erased)


def _spread(values: Array, first: Array, end: Array, is_erased: Array, erased: int) -> Keys:
    """Each row once for each of its values, at least once."""
    counts = np.where(is_erased, 0, end - first)
    times = np.maximum(counts, 1)
    places = np.repeat(np.arange(len(first)), times)
    within = np.arange(len(places)) - np.repeat(np.cumsum(times) - times, times)
    at = np.where(counts > 0, first, len(values))[places] + within
    codes = np.concatenate([values, np.array([NOTHING], dtype="i4")])[at]
    return places, np.where(is_erased[places], erased, codes)


def report_of(view: View, rows: Rows, group: Group | None, *, is_share: bool = False) -> Report:
    """The report of these rows."""
    (total,) = _figures(rows, np.zeros(len(rows), dtype="i8"), 1, is_share=is_share)
    if group is None:
        return Report(total, [])
    places, codes = keys_of(view, rows, group)
    known, place = _distinct(codes)
    figures = _figures(rows if places is None else rows.only(places), place, len(known), is_share=is_share)
    items = [(view.names.text(code), figure) for code, figure in zip(known.tolist(), figures, strict=True)]
    return Report(total, in_order(group, items))


def _distinct(codes: Array) -> tuple[Array, Array]:
    """The keys in use, and the place of each row's key among them: as `np.unique`, without sorting."""
    is_used = np.zeros(int(codes.max(initial=NOTHING)) + 2, dtype=bool)
    is_used[codes + 1] = True
    return np.flatnonzero(is_used) - 1, (np.cumsum(is_used) - 1)[codes + 1]


def _figures(rows: Rows, place: Array, groups: int, *, is_share: bool) -> list[Figure]:
    """What the rows of each group add up to; `place`: the group of each row."""
    counted = np.ones(len(rows), dtype=bool) if rows.counted is None else rows.counted
    hit = counted if rows.hit is None else counted & rows.hit
    counts = np.bincount(_counted_once(rows, place, hit), minlength=groups).tolist()
    wholes = np.bincount(place[counted], minlength=groups).tolist() if is_share else [None] * groups
    amounts = np.zeros(groups, dtype="i8")
    if rows.amount is not None:
        np.add.at(amounts, place, rows.amount)
    estimated = np.zeros(groups, dtype=bool)
    if rows.estimated is not None:
        estimated[place[rows.estimated]] = True
    foreign = _foreign(rows, place, groups)
    unnamed = [0] * groups if rows.named is None else np.bincount(place[counted & ~rows.named], minlength=groups).tolist()
    automatic = [0] * groups if rows.automatic is None else np.bincount(place[counted & rows.automatic], minlength=groups).tolist()
    led = {name: np.bincount(place[counted & column], minlength=groups).tolist() for name, column in rows.outcomes.items()}
    medians = [_medians(column, place, groups, counted) for column in (rows.ms, rows.working_ms)]
    medians += [_medians(rows.score, place, groups, counted, NO_SCORE), _medians(rows.number, place, groups, counted)]
    return [
        Figure(
            count=count,
            of=of,
            amount=amount,
            foreign=apart,
            is_estimated=about,
            median_ms=middle,
            median_working_ms=working,
            median_score=score,
            median_number=number,
            mean_amount=amount / count if rows.customer is not None and count else None,
            unnamed=nameless,
            automatic=by_programs,
            outcomes={name: numbers[at] for name, numbers in led.items() if numbers[at]},
        )
        for at, (count, of, amount, apart, about, nameless, by_programs, middle, working, score, number) in enumerate(
            zip(counts, wholes, amounts.tolist(), foreign, estimated.tolist(), unnamed, automatic, *medians, strict=True)
        )
    ]


def _counted_once(rows: Rows, place: Array, hit: Array) -> Array:
    """The group of each row that is in the number; where customers are counted, each of them once a group."""
    if rows.customer is None:
        return place[hit]
    customers = int(rows.customer.max(initial=0)) + 1
    return np.unique(place[hit] * customers + rows.customer[hit]) // customers


def _foreign(rows: Rows, place: Array, groups: int) -> list[dict[str, int]]:
    found: list[dict[str, int]] = [{} for _ in range(groups)]
    if rows.foreign is None or rows.foreign_amount is None:
        return found
    apart = rows.foreign >= 0
    names = len(rows.tables.names)
    pairs, where = np.unique(place[apart] * names + rows.foreign[apart], return_inverse=True)
    sums = np.zeros(len(pairs), dtype="i8")
    np.add.at(sums, where, rows.foreign_amount[apart])
    for pair, amount in zip(pairs.tolist(), sums.tolist(), strict=True):
        found[pair // names][rows.tables.names.texts[pair % names]] = amount
    return found


def _medians(values: Array | None, place: Array, groups: int, counted: Array, none: int = NOTHING) -> list[float | None]:
    """The median of each group without the values that are none."""
    if values is None:
        return [None] * groups
    has = counted & (values > none)
    ms, where = values[has], place[has]
    ms = np.sort(ms) if groups == 1 else ms[np.lexsort((ms, where))]
    counts = np.bincount(where, minlength=groups)
    ends = np.cumsum(counts)
    found: list[float | None] = []
    for count, end in zip(counts.tolist(), ends.tolist(), strict=True):
        start = end - count
        found.append((float(ms[start + (count - 1) // 2]) + float(ms[start + count // 2])) / 2 if count else None)
    return found
