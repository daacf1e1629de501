"""Access to alerts: which ones the signed-in rep sees and deals with. Uses rules.visibility."""

from tracker.base.errors import Forbidden, NotFound
from tracker.domain.alerting.alert import Alert
from tracker.rules.visibility import may_handle_alert, may_see_alert
from tracker.web.console.auth import current_user, workspace_store


def visible_alerts(found: list[Alert]) -> list[Alert]:
    """Those alerts that the rep may read."""
    viewer = current_user().viewer
    known = workspace_store().leads.by_ids({lead for alert in found for lead in alert.leads})
    return [alert for alert in found if may_see_alert(viewer, alert, known)]


def visible_alert(alert: str) -> Alert:
    """The alert. Raises NotFound if it is in another workspace or this rep may not read it."""
    found = workspace_store().alerts.get(alert)
    if not visible_alerts([found]):
        raise NotFound("no such alert")
    return found


def own_alert(alert: str) -> Alert:
    """The alert. Raises NotFound as above, and Forbidden where another rep has to deal with it."""
    found = visible_alert(alert)
    if not may_handle_alert(current_user().viewer, found):
        raise Forbidden("This alert belongs to another rep. Only that rep, their managers and admins can change it.")
    return found
