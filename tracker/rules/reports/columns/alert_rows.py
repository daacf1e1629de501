"""How useful alerts were; the definition is in `alert_metrics`."""

import numpy as np

from tracker.rules.reports.columns.rows import Rows
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group


def alert_usefulness(view: View, period: Period) -> Rows:
    """Alerts about leads of the period; hits were useful."""
    its = view.tables.alerts
    row = np.flatnonzero(view.visible[its["lead"]] & view.holds(period, its["at"]))
    hit = np.where(its["rated"][row] <= view.now, its["is_useful"][row], its["acted"][row] <= view.now)
    own = {Group.RULE: its["rule"][row], Group.REP: its["recipient"][row]}
    return Rows(tables=view.tables, table="alerts", row=row, lead=its["lead"][row], own=own, hit=hit)
