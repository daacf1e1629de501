"""/assignment-rules: who gets new leads without an owner. For admins."""

from tracker.actions.ops import audit
from tracker.actions.workspace import assignment_rules as actions
from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.team.assignment_rules import AssignmentRuleOut, AssignmentRulesIn, assignment_rule_out

operations = Operations()


@operations.add("GET", "/assignment-rules", response=List[AssignmentRuleOut], admin=True)
def list_assignment_rules(call: Call) -> List[AssignmentRuleOut]:
    """Lists the assignment rules in their order."""
    return _out(call.workspace)


@operations.add(
    "PUT",
    "/assignment-rules",
    body=AssignmentRulesIn,
    response=List[AssignmentRuleOut],
    admin=True,
    audit=(AuditAction.SETTINGS_CHANGED,),
)
def set_assignment_rules(call: Call, body: AssignmentRulesIn) -> List[AssignmentRuleOut]:
    """Replaces the assignment rules; leads keep their owners."""
    changed = actions.set_rules(call.deps, call.workspace.id, [rule.value() for rule in body.items])
    audit.record_settings(call.deps, call.audit_actor, call.workspace, changed, "assignment-rules")
    return _out(changed)


def _out(workspace: Workspace) -> List[AssignmentRuleOut]:
    return List[AssignmentRuleOut].model_construct(items=[assignment_rule_out(rule) for rule in workspace.assignment_rules], next=None)
