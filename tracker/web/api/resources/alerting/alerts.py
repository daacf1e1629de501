"""/alerts: alerts, what reps do with them, and their deliveries."""

from collections.abc import Iterable

from tracker.actions.alerting import alerts
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.delivery import Delivery
from tracker.rules.visibility import is_admin, may_handle_alert, may_see, may_see_alert, scope
from tracker.store.alerting.alerts import AlertView
from tracker.store.core.paging import Page
from tracker.web.api.lists import visible_page
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.alerts import (
    AlertChange,
    AlertOut,
    AlertsQuery,
    DeliveryLogOut,
    alert_out,
    delivery_log_out,
)
from tracker.web.api.schemas.base import List, Paged, in_utc, page_of

operations = Operations()


@operations.add("GET", "/alerts", query=AlertsQuery, response=List[AlertOut])
def list_alerts(call: Call, query: AlertsQuery) -> List[AlertOut]:
    """Lists alerts with their deliveries, newest first, including withdrawn, late and unsure ones."""
    reps = _reps(call, query)

    def fetch(cursor: str | None, size: int) -> Page[Alert]:
        if query.view in (None, "all"):
            return call.store.alerts.page(lead=query.lead, reps=reps, cursor=cursor, limit=size)
        return call.store.alerts.box(AlertView(query.view), call.rep_id, call.deps.now(), lead=query.lead, cursor=cursor, limit=size)

    def visible(found: list[Alert]) -> set[str]:
        leads = call.store.leads.by_ids({lead for alert in found for lead in alert.leads})
        return {alert.id for alert in found if may_see_alert(call.viewer, alert, leads)}

    page = fetch(query.cursor, query.limit) if is_admin(call.viewer) else visible_page(call, fetch, query, visible)
    return List[AlertOut].model_construct(items=_shown(call, page.items), next=page.next)


@operations.add("PATCH", "/alerts/{alert}", body=AlertChange, response=AlertOut)
def change_alert(call: Call, alert: str, body: AlertChange) -> AlertOut:
    """Marks an alert as taken, done, read or unread, snoozes it, or says whether it was useful. For its recipient, managers and admins."""
    found, given = _own_alert(call, alert), body.given()
    if "state" in given and body.state is None:
        raise Invalid("state", "must be taken, done, read or unread")
    if body.state and body.snooze_until:
        raise Invalid("snooze_until", "cannot be given with a state: a snoozed alert is unread again at that time")
    workspace, ids = call.workspace.id, [found.id]
    if until := in_utc("snooze_until", body.snooze_until):
        alerts.snooze(call.deps, workspace, ids, until)
    elif body.state or "snooze_until" in given:
        alerts.mark(call.deps, workspace, ids, body.state or "unread", rep=call.rep_id)
    if "useful" in given:
        alerts.rate(call.deps, workspace, ids, useful=body.useful, rep=call.rep_id)
    return _shown(call, [call.store.alerts.get(found.id)])[0]


@operations.add("GET", "/alerts/{alert}/deliveries", query=Paged, response=List[DeliveryLogOut])
def list_deliveries(call: Call, alert: str, query: Paged) -> List[DeliveryLogOut]:
    """Lists the deliveries of an alert, one for each channel, each with its last 20 tries."""
    found = _visible_alert(call, alert)
    items = [delivery_log_out(one) for one in call.store.deliveries.of_alerts([found.id])[found.id]]
    return page_of(List[DeliveryLogOut].model_construct(items=items, next=None), query)


def _authorize_retry(call: Call, alert: str, delivery: str) -> None:
    del delivery
    _own_alert(call, alert)


@operations.add("POST", "/alerts/{alert}/deliveries/{delivery}/retry", response=DeliveryLogOut, authorize=_authorize_retry)
def retry_delivery(call: Call, alert: str, delivery: str) -> DeliveryLogOut:
    """Sends a failed delivery again. 409 if it is not failed, the alert no longer stands, or its channel is removed or off."""
    found = call.store.alerts.get(alert)
    chosen = _delivery(call.store.deliveries.of_alerts([found.id])[found.id], delivery)
    return delivery_log_out(alerts.send_again(call.deps, call.workspace.id, found, chosen))


def _reps(call: Call, query: AlertsQuery) -> frozenset[str | None] | None:
    """The reps whose alerts the caller may see at all. Of a lead, also those that went to earlier owners."""
    if query.lead and may_see(call.viewer, call.store.leads.find(query.lead)):
        return None
    return scope(call.viewer)


def _visible_alert(call: Call, alert: str) -> Alert:
    """The alert. Raises NotFound for one that the caller may not see."""
    found = call.store.alerts.get(alert)
    if not may_see_alert(call.viewer, found, call.store.leads.by_ids(found.leads)):
        raise NotFound("no such alert")
    return found


def _own_alert(call: Call, alert: str) -> Alert:
    """The alert. Raises NotFound as above, and Forbidden where another rep has to deal with it."""
    found = _visible_alert(call, alert)
    if not may_handle_alert(call.viewer, found):
        raise Forbidden("only the recipient, their managers and admins change an alert")
    return found


def _delivery(deliveries: Iterable[Delivery], delivery: str) -> Delivery:
    for found in deliveries:
        if found.id == delivery:
            return found
    raise NotFound("no such delivery")


def _shown(call: Call, found: list[Alert]) -> list[AlertOut]:
    deliveries, now = call.store.deliveries.of_alerts([alert.id for alert in found]), call.deps.now()
    return [alert_out(alert, deliveries[alert.id], now) for alert in found]
