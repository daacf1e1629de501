"""Touches before the first win; the definition is in `touch_metrics`."""

import numpy as np

from tracker.rules.reports.activity.touch_metrics import MOST_KEYS
from tracker.rules.reports.columns.lead_rows import first_wins
from tracker.rules.reports.columns.names import NOTHING
from tracker.rules.reports.columns.rows import Rows
from tracker.rules.reports.columns.tables import Array
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group
from tracker.rules.scoring.touch_lines import BEFORE

_BEFORE_MS = round(BEFORE.total_seconds() * 1000)


def touches_before_win(view: View, period: Period) -> Rows:
    """One row for each lead whose first win is in the period, and each kind of touch."""
    return _before(view, period, Group.TOUCH, view.tables.touches["touch"])


def pages_before_win(view: View, period: Period) -> Rows:
    """The same by page viewed."""
    return _before(view, period, Group.PAGE, view.tables.touches["page"])


def _before(view: View, period: Period, group: Group, codes: Array) -> Rows:
    its, tables = view.tables.touches, view.tables
    wins = first_wins(view)
    wins = wins[view.holds(period, tables.steps["at"][wins])]
    lead = tables.steps["lead"][wins].astype("i8")
    won = np.full(len(tables), NOTHING, dtype="i8")
    won[lead] = tables.steps["at"][wins]
    end = won[its["lead"]]
    inside = (end >= 0) & (its["at"] <= end) & (its["at"] >= end - _BEFORE_MS) & (codes >= 0)
    pairs, numbers = np.unique(its["lead"][inside].astype("i8") * len(view.names) + codes[inside], return_counts=True)
    places, keys = np.searchsorted(lead, pairs // max(len(view.names), 1)), pairs % max(len(view.names), 1)
    kept = _most(view, keys)
    rows = np.full((len(kept), len(lead)), NOTHING, dtype="i8")
    where = np.full(len(view.names) + 1, NOTHING, dtype="i8")
    where[kept] = np.arange(len(kept))
    shown = where[keys] >= 0
    rows[where[keys[shown]], places[shown]] = numbers[shown]
    number, whole = rows.reshape(-1), np.tile(lead, len(kept))
    own = {group: np.repeat(kept, len(lead)).astype("i4")}
    return Rows(tables=tables, table="leads", row=whole, lead=whole, own=own, hit=number > 0, number=number)


def _most(view: View, keys: Array) -> Array:
    """The keys before most wins, each pair of lead and key given once."""
    known, wins = np.unique(keys, return_counts=True)
    ordered = sorted(zip(known.tolist(), wins.tolist(), strict=True), key=lambda one: (-one[1], view.names.texts[one[0]]))
    return np.array([code for code, _ in ordered[:MOST_KEYS]], dtype="i8")
