"""/leads/bulk and /changes: one change of many leads, and undoing a change."""

from collections.abc import Sequence
from typing import Any

from tracker.actions.changes import bulk
from tracker.actions.changes.bulk import BulkEdit, BulkReport, BulkResult
from tracker.actions.changes.undo import change_of, undo
from tracker.actions.leads import lists
from tracker.actions.pipeline.stages import API
from tracker.base.errors import Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.rules.conditions.condition import parsed
from tracker.rules.visibility import may_see, may_undo, scope
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.access import check_may_set_owner
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.leads.bulk import BulkIn, BulkLeadOut, BulkOut, UndoneLeadOut, UndoOut

operations = Operations()
_MAX_BODY = 512 * 2**10


def _authorize_bulk(call: Call, body: BulkIn) -> None:
    check_may_set_owner(call, body.set.owner)


@operations.add(
    "POST",
    "/leads/bulk",
    body=BulkIn,
    response=BulkOut,
    audit=(AuditAction.LEADS_CHANGED,),
    max_body=_MAX_BODY,
    authorize=_authorize_bulk,
)
def change_leads(call: Call, body: BulkIn) -> BulkOut:
    """Changes up to 10,000 leads at once: those named, of a list, or of a condition. The result names each lead."""
    leads = _leads(call, body)
    given = body.set.given()
    if "stage" in given and given["stage"] is None:
        raise Invalid("set.stage", "cannot be emptied")
    action = body.set.next_action
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    values["next_action"] = action.value(call.timezone) if action else None
    edit = BulkEdit(given=frozenset(given) - {"lost_reason"}, **values)
    report = bulk.edit_leads(call.deps, call.workspace, leads, edit, actor=call.rep_id, may_see=lambda lead: may_see(call.viewer, lead))
    if report.change:
        counts = {"changed": str(report.count(BulkResult.CHANGED)), "refused": str(report.count(BulkResult.REFUSED))}
        call.record(AuditAction.LEADS_CHANGED, "leads", **counts, fields=", ".join(sorted(edit.given)))
    return _bulk_out(report)


def _leads(call: Call, body: BulkIn) -> Sequence[str]:
    """The leads that the body names. Raises Invalid, NotFound."""
    if sum(one is not None for one in (body.leads, body.list, body.condition)) != 1:
        raise Invalid("leads", "must be named by exactly one of leads, list and condition")
    if body.leads is not None:
        return body.leads
    if body.list is not None:
        query = lists.query_of_list(call.deps, call.viewer, lists.visible_list(call.deps, call.viewer, body.list))
    else:
        condition = lists.with_ids(call.deps, call.workspace, parsed(body.condition))
        query = LeadQuery(test=lists.test_of(call.deps, call.viewer, condition), visible_to=scope(call.viewer))
    return bulk.leads_of(call.deps, call.workspace, query, field="list" if body.list is not None else "condition")


def _bulk_out(report: BulkReport) -> BulkOut:
    results = [
        BulkLeadOut.model_construct(lead=lead, result=result, reason=reason or None) for lead, (result, reason) in report.results.items()
    ]
    counts: dict[str, Any] = {result.value: report.count(result) for result in BulkResult}
    return BulkOut.model_construct(change=report.change, **counts, results=results)


def _authorize_undo(call: Call, change: str) -> None:
    actor = change_of(call.deps, call.workspace.id, change).actor
    if not may_undo(call.viewer, None if actor == API else actor):
        raise NotFound("no such change")


@operations.add("POST", "/changes/{change}/undo", response=UndoOut, authorize=_authorize_undo)
def undo_change(call: Call, change: str) -> UndoOut:
    """Restores the fields that a change set, within 60 seconds; a lead where one of them was changed since stays as it is."""
    report = undo(call.deps, call.workspace.id, change, actor=call.rep_id, may_see=lambda lead: may_see(call.viewer, lead))
    results = [UndoneLeadOut.model_construct(lead=lead, is_restored=True, reason=None) for lead in report.restored]
    results += [UndoneLeadOut.model_construct(lead=lead, is_restored=False, reason=why) for lead, why in report.refused.items()]
    return UndoOut.model_construct(change=report.change, restored=len(report.restored), refused=len(report.refused), results=results)
