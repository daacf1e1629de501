"""Visits per week; the definition is in `visit_metrics`."""

import numpy as np

from tracker.rules.reports.activity.visit_metrics import NAMED, UNNAMED, week_of
from tracker.rules.reports.columns.packing import moment_of
from tracker.rules.reports.columns.rows import Rows
from tracker.rules.reports.columns.tables import Array
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group

_QUARTER = 900_000
"""Local days begin at full quarters of an hour, in all time zones."""


def visits(view: View, period: Period) -> Rows:
    """Visits that began in the period."""
    its = view.tables.visits
    row = np.flatnonzero(view.visible[its["lead"]] & view.holds(period, its["at"]))
    named = its["named"][row]
    own = {
        Group.WEEK: weeks_of(view, its["at"][row]),
        Group.SOURCE: its["origin"][row],
        Group.LANDING: its["landing"][row],
        Group.KIND: np.where(named, view.names.code(NAMED), view.names.code(UNNAMED)),
    }
    return Rows(tables=view.tables, table="visits", row=row, lead=its["lead"][row], own=own, named=named)


def weeks_of(view: View, moments: Array) -> Array:
    """The number of the local week of each moment."""
    quarters, place = np.unique(moments // _QUARTER, return_inverse=True)
    weeks = [view.names.code(week_of(view.facts.day(moment_of(quarter * _QUARTER)))) for quarter in quarters.tolist()]
    return np.array(weeks, dtype="i4")[place]
