"""How each report of the catalogue is counted on tables."""

from collections.abc import Callable, Mapping

from tracker.rules.reports.columns import lead_rows, sale_rows
from tracker.rules.reports.columns.activity.mail_rows import campaign_success, clicked, opened, visited
from tracker.rules.reports.columns.activity.touch_rows import pages_before_win, touches_before_win
from tracker.rules.reports.columns.activity.visit_rows import visits
from tracker.rules.reports.columns.alert_rows import alert_usefulness
from tracker.rules.reports.columns.inquiry_rows import response_time
from tracker.rules.reports.columns.rows import Rows
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.periods import Period

COUNTED: Mapping[str, Callable[[View, Period], Rows]] = {
    "pipeline": lead_rows.pipeline,
    "leads-added": lead_rows.leads_added,
    "source-quality": lead_rows.source_quality,
    "entered": lead_rows.entered,
    "conversion": lead_rows.conversion,
    "time-in-stage": lead_rows.time_in_stage,
    "time-so-far": lead_rows.time_so_far,
    "won": lead_rows.won,
    "lost": lead_rows.lost,
    "sales": sale_rows.sales,
    "revenue-per-customer": sale_rows.revenue_per_customer,
    "churn": sale_rows.churn,
    "win-back": sale_rows.win_back,
    "response-time": response_time,
    "alert-usefulness": alert_usefulness,
    "opened": opened,
    "clicked": clicked,
    "visited": visited,
    "campaign-success": campaign_success,
    "touches-before-win": touches_before_win,
    "pages-before-win": pages_before_win,
    "visits": visits,
}
"""By the names of `METRICS`."""
