"""/alerts: alerts and their deliveries."""

from tracker.domain.alerting.alert import Alert
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import is_admin, may_see_alert, scope
from tracker.store.core.paging import Page
from tracker.web.api.lists import visible_page
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.alerts import AlertOut, alert_out
from tracker.web.api.schemas.base import LeadRecordsQuery, List

operations = Operations()


@operations.add("GET", "/alerts", query=LeadRecordsQuery, response=List[AlertOut])
def list_alerts(call: Call, query: LeadRecordsQuery) -> List[AlertOut]:
    """Lists alerts with their deliveries, newest first, including withdrawn, late and unsure ones."""
    mine = call.rep_id if scope(call.viewer) is not None else None

    def fetch(cursor: str | None, size: int) -> Page[Alert]:
        return call.store.alerts.page(lead=query.lead, for_rep=mine, cursor=cursor, limit=size)

    def is_visible(alert: Alert, lead: Lead | None) -> bool:
        return may_see_alert(call.viewer, alert, lead)

    page = visible_page(call, fetch, query, None if is_admin(call.viewer) else is_visible)
    deliveries = call.store.deliveries.of_alerts([alert.id for alert in page.items])
    now = call.deps.now()
    return List[AlertOut].model_construct(items=[alert_out(alert, deliveries[alert.id], now) for alert in page.items], next=page.next)
