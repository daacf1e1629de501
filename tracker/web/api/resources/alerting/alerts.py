"""/alerts: what was to be told, and how it got there."""

from tracker.domain.alerting.alert import Alert
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import is_admin, may_see_alert, scope
from tracker.store.core.paging import Page
from tracker.web.api.access import page_about
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.alerts import AlertOut, AlertsQuery, alert_out
from tracker.web.api.schemas.base import List

operations = Operations()


@operations.add("GET", "/alerts", query=AlertsQuery, answer=List[AlertOut])
def list_alerts(call: Call, query: AlertsQuery) -> List[AlertOut]:
    """Alerts, newest first, with their deliveries; withdrawn and late ones too."""
    mine = call.actor if scope(call.viewer) is not None else None

    def fetch(cursor: str | None, size: int) -> Page[Alert]:
        return call.here.alerts.page(lead=query.lead, for_rep=mine, cursor=cursor, limit=size)

    def is_seen(alert: Alert, lead: Lead | None) -> bool:
        return may_see_alert(call.viewer, alert, lead)

    page = page_about(call, fetch, query, None if is_admin(call.viewer) else is_seen)
    deliveries = call.here.deliveries.of_alerts([alert.id for alert in page.items])
    now = call.deps.now()
    return List[AlertOut].model_construct(items=[alert_out(alert, deliveries[alert.id], now) for alert in page.items], next=page.next)
