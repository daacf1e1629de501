"""/tracking-policy: what is tracked of leads who have said nothing, by country."""

from tracker.actions.ops import audit
from tracker.actions.workspace.tracking_policies import set_tracking_policy
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.workspace.tracking_policy import TrackingPolicyIn, TrackingPolicyOut, tracking_policy_out

operations = Operations()


@operations.add("GET", "/tracking-policy", response=TrackingPolicyOut)
def get_tracking_policy(call: Call) -> TrackingPolicyOut:
    """Returns what is tracked of leads who have said nothing, by country."""
    return tracking_policy_out(call.workspace.tracking_policy)


@operations.add(
    "PUT", "/tracking-policy", body=TrackingPolicyIn, response=TrackingPolicyOut, admin=True, audit=(AuditAction.SETTINGS_CHANGED,)
)
def put_tracking_policy(call: Call, body: TrackingPolicyIn) -> TrackingPolicyOut:
    """Replaces the policy; it is recorded with the name of the caller and the time."""
    changed = set_tracking_policy(
        call.deps,
        call.workspace.id,
        own_country=body.own_country,
        degrees=body.countries,
        elsewhere=body.elsewhere,
        wording=body.wording,
        by=call.rep.name if call.rep else call.credential,
    )
    audit.record_settings(call.deps, call.audit_actor, call.workspace, changed, "tracking policy")
    return tracking_policy_out(changed.tracking_policy)
