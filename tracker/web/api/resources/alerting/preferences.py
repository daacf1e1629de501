"""/alert-preferences and /reps/{rep}/alert-preferences: when alerts arrive."""

from tracker.actions.ops import audit
from tracker.actions.team import reps
from tracker.actions.workspace.workspaces import change_workspace
from tracker.base.errors import NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep
from tracker.rules.visibility import may_act_as
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.preferences import (
    AlertPreferencesIn,
    AlertPreferencesOut,
    RepAlertPreferencesOut,
    preferences_out,
    rep_preferences_out,
)

operations = Operations()


@operations.add("GET", "/alert-preferences", response=AlertPreferencesOut)
def get_alert_preferences(call: Call) -> AlertPreferencesOut:
    """Returns when alerts of the team arrive, and those of reps without preferences of their own."""
    return preferences_out(call.workspace.alert_preferences)


@operations.add(
    "PUT", "/alert-preferences", body=AlertPreferencesIn, response=AlertPreferencesOut, admin=True, audit=(AuditAction.SETTINGS_CHANGED,)
)
def set_alert_preferences(call: Call, body: AlertPreferencesIn) -> AlertPreferencesOut:
    """Sets them."""
    changed = change_workspace(call.deps, call.workspace.id, alert_preferences=body.value())
    audit.record_settings(call.deps, call.audit_actor, call.workspace, changed, "when alerts arrive")
    return preferences_out(changed.alert_preferences)


@operations.add("GET", "/reps/{rep}/alert-preferences", response=RepAlertPreferencesOut)
def get_rep_alert_preferences(call: Call, rep: str) -> RepAlertPreferencesOut:
    """Returns when the alerts of a rep arrive."""
    return _out(call, _rep(call, rep))


@operations.add(
    "PUT", "/reps/{rep}/alert-preferences", body=AlertPreferencesIn, response=RepAlertPreferencesOut, audit=(AuditAction.REP_CHANGED,)
)
def set_rep_alert_preferences(call: Call, rep: str, body: AlertPreferencesIn) -> RepAlertPreferencesOut:
    """Gives the rep preferences of their own."""
    found = _rep(call, rep)
    changed = reps.change_rep(call.deps, call.workspace.id, found.id, alert_preferences=body.value())
    audit.record_rep(call.deps, call.audit_actor, found, changed)
    return _out(call, changed)


@operations.add("DELETE", "/reps/{rep}/alert-preferences", status=204, audit=(AuditAction.REP_CHANGED,))
def remove_rep_alert_preferences(call: Call, rep: str) -> None:
    """Removes the rep's own preferences: those of the workspace apply."""
    found = _rep(call, rep)
    audit.record_rep(call.deps, call.audit_actor, found, reps.change_rep(call.deps, call.workspace.id, found.id, alert_preferences=None))


def _rep(call: Call, rep: str) -> Rep:
    """Raises NotFound, also for a colleague who is not the caller's business."""
    found = call.store.reps.get(rep)
    if not may_act_as(call.viewer, found.id):
        raise NotFound("no such rep")
    return found


def _out(call: Call, rep: Rep) -> RepAlertPreferencesOut:
    return rep_preferences_out(rep.alert_preferences or call.workspace.alert_preferences, own=rep.alert_preferences is not None)
