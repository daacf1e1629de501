"""The buttons under an alert in Slack. Each acts for the person who pressed it, on an alert of theirs, as the same button in the console does."""

from datetime import timedelta

from tracker.actions.activity.corrections import cause_details, correct_cause, event_of_lead
from tracker.actions.alerting import alerts
from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.actions.slack.answers import NOT_LINKED
from tracker.base.errors import LeadlightError
from tracker.domain.alerting.alert import Alert
from tracker.domain.ops.audit import Actor, ActorKind, AuditAction
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Viewer, may_handle_alert, may_see_alert

NOT_YOURS = "This alert is not yours."
_SNOOZE = timedelta(minutes=30)
_CAUSES = {"me": "me", "automatic": "machine"}


def press(deps: Deps, workspace: Workspace, rep: Rep | None, action: str, alert_id: str) -> str:
    """Does what the button says; returns a sentence for the person, empty where the message itself shows the result. Raises PyMongoError."""
    if rep is None:
        return NOT_LINKED
    here = deps.store.of(workspace.id)
    found = here.alerts.by_ids([alert_id]).get(alert_id)
    if found is None or not _is_for(deps, workspace, rep, found):
        return NOT_YOURS
    try:
        return _done(deps, workspace, rep, action, found)
    except LeadlightError as error:
        return f"Not possible: {error}."


def _is_for(deps: Deps, workspace: Workspace, rep: Rep, alert: Alert) -> bool:
    """Whether the rep received it: their own, or one of the team about leads that they see."""
    viewer = Viewer(workspace, rep)
    leads = deps.store.of(workspace.id).leads.by_ids(alert.leads)
    return alert.rep in (None, rep.id) and may_handle_alert(viewer, alert) and may_see_alert(viewer, alert, leads)


def _done(deps: Deps, workspace: Workspace, rep: Rep, action: str, alert: Alert) -> str:
    ids = [one.id for one in deps.store.of(workspace.id).alerts.of_visit(alert)]
    if action == "taken":
        alerts.mark(deps, workspace.id, ids, "taken", rep=rep.id)
        return ""
    if action == "snooze":
        alerts.snooze(deps, workspace.id, ids, deps.now() + _SNOOZE)
        return "Snoozed for 30 minutes: it is unread again then."
    if action == "not_useful":
        alerts.rate(deps, workspace.id, ids, useful=False, rep=rep.id)
        return "Marked as not useful."
    if action in _CAUSES:
        return _corrected(deps, workspace, rep, _CAUSES[action], alert)
    return ""  # *Call* opens a page by itself


def _corrected(deps: Deps, workspace: Workspace, rep: Rep, cause: str, alert: Alert) -> str:
    old = event_of_lead(deps, workspace.id, alert.lead, alert.cause)
    changed = correct_cause(deps, workspace.id, old.id, cause, rep)
    lead = deps.store.of(workspace.id).leads.get(alert.lead)
    by = Actor(kind=ActorKind.REP, id=rep.id, name=rep.name)
    audit.record(deps, workspace.id, AuditAction.CAUSE_CORRECTED, by, lead.name, **cause_details(old, changed), lead_id=lead.id)
    return ""
