"""/alerts: what was to be told, and how it got there."""

from tracker.web.api.access import about_seen, narrowed_to
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerts import AlertOut, AlertsQuery, alert_out
from tracker.web.api.schemas.base import List

operations = Operations()


@operations.add("GET", "/alerts", query=AlertsQuery, answer=List[AlertOut])
def list_alerts(call: Call, query: AlertsQuery) -> List[AlertOut]:
    """Alerts, newest first, with their deliveries; withdrawn and late ones too."""
    page = call.here.alerts.page(lead=query.lead, for_rep=narrowed_to(call), cursor=query.cursor, limit=query.limit)
    seen = about_seen(call, page.items)
    deliveries = call.here.deliveries.of_alerts([alert.id for alert in seen])
    return List[AlertOut].model_construct(items=[alert_out(alert, deliveries[alert.id]) for alert in seen], next=page.next)
