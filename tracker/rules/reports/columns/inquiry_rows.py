"""The response time to inquiries; the definition is in `inquiry_metrics`."""

import numpy as np

from tracker.rules.reports.columns.names import NOTHING
from tracker.rules.reports.columns.rows import Rows
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.inquiry_metrics import WITHIN_MS
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group


def response_time(view: View, period: Period) -> Rows:
    """Inquiries of the period that were answered, or are open for longer than five minutes."""
    its = view.tables.inquiries
    row = np.flatnonzero(view.visible[its["lead"]] & view.holds(period, its["at"]))
    row = row[(its["answered"][row] <= view.now) | (view.now - its["at"][row] > WITHIN_MS)]
    ms = np.where(its["answered"][row] <= view.now, its["elapsed"][row], NOTHING)
    working = np.where(its["answered"][row] <= view.now, its["working"][row], NOTHING)
    own = {Group.REP: its["owner"][row]}
    hit = (ms >= 0) & (ms <= WITHIN_MS)
    return Rows(tables=view.tables, table="inquiries", row=row, lead=its["lead"][row], own=own, hit=hit, ms=ms, working_ms=working)
