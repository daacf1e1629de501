"""/sequences: follow-up sequences, which all reps share, and /enrolments: the leads in them."""

from typing import Any

from tracker.actions.outreach import enrolments
from tracker.actions.outreach import sequences as actions
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_see
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged
from tracker.web.api.schemas.outreach.sequences import (
    EnrolIn,
    EnrolmentChange,
    EnrolmentOut,
    EnrolOut,
    SequenceChange,
    SequenceIn,
    SequenceOut,
    enrol_out,
    enrolment_out,
    sequence_out,
)

operations = Operations()
_CHANGED = (AuditAction.SEQUENCE_CHANGED,)


@operations.add("GET", "/sequences", response=List[SequenceOut])
def list_sequences(call: Call) -> List[SequenceOut]:
    """Lists follow-up sequences by name, with the number of leads in each state, of those that the caller sees."""
    counts = enrolments.counts_for(call.deps, call.viewer)
    items = [sequence_out(one, counts.get(one.id, {})) for one in call.store.sequences.all()]
    return List[SequenceOut].model_construct(items=items, next=None)


def _authorize_add(_call: Call, body: SequenceIn) -> None:
    """Every rep and program of the workspace may."""
    del body


@operations.add("POST", "/sequences", body=SequenceIn, response=SequenceOut, status=201, authorize=_authorize_add, audit=_CHANGED)
def add_sequence(call: Call, body: SequenceIn) -> SequenceOut:
    """Adds a sequence of emails and tasks for one lead after another."""
    steps = [step.value() for step in body.steps]
    made = actions.add_sequence(call.deps, call.workspace, name=body.name, steps=steps, stop_stages=body.stop_stages, rep=call.rep_id)
    call.record(AuditAction.SEQUENCE_CHANGED, made.name, added="yes")
    return sequence_out(made, {})


@operations.add("PATCH", "/sequences/{sequence}", body=SequenceChange, response=SequenceOut, audit=_CHANGED)
def change_sequence(call: Call, sequence: str, body: SequenceChange) -> SequenceOut:
    """Changes a sequence, switches it off or on: who made it, and admins. No lead gets a step twice."""
    if empty := next((name for name, value in body.given().items() if value is None and name != "version"), None):
        raise Invalid(empty, "cannot be emptied")
    steps = [step.value() for step in body.steps] if body.steps is not None else None
    changed = actions.change_sequence(
        call.deps,
        call.viewer,
        sequence,
        version=body.version,
        name=body.name,
        steps=steps,
        stop_stages=body.stop_stages,
        is_on=body.on,
    )
    call.record(AuditAction.SEQUENCE_CHANGED, changed.name, on="yes" if changed.is_on else "no")
    return sequence_out(changed, enrolments.counts_for(call.deps, call.viewer).get(sequence, {}))


@operations.add("DELETE", "/sequences/{sequence}", status=204, audit=(AuditAction.DELETED,))
def remove_sequence(call: Call, sequence: str) -> None:
    """Deletes a sequence, as who made it and admins may; no lead in it gets another step."""
    removed = actions.remove_sequence(call.deps, call.viewer, sequence)
    call.record(AuditAction.DELETED, f"sequence “{removed.name}”")


@operations.add("GET", "/sequences/{sequence}/enrolments", query=Paged, response=List[EnrolmentOut])
def list_enrolments(call: Call, sequence: str, query: Paged) -> List[EnrolmentOut]:
    """Lists the leads that were added to a sequence, the latest first, of those that the caller sees."""
    call.store.sequences.get(sequence)
    page = call.store.enrolments.page(sequence, cursor=query.cursor, limit=query.limit)
    leads = call.store.leads.by_ids(one.lead for one in page.items)
    items = [enrolment_out(one) for one in page.items if may_see(call.viewer, leads.get(one.lead))]
    return List[EnrolmentOut].model_construct(items=items, next=page.next)


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    for one in stored["results"]:
        visible_lead(call, one["lead"])


@operations.add(
    "POST",
    "/sequences/{sequence}/enrolments",
    body=EnrolIn,
    response=EnrolOut,
    authorize_replay=_authorize_replay,
    audit=(AuditAction.LEADS_CHANGED,),
)
def enrol_leads(call: Call, sequence: str, body: EnrolIn) -> EnrolOut:
    """Adds leads to a sequence: those of the caller, for admins of every rep. Says of each why it was not added."""
    found = call.store.sequences.get(sequence)
    results = enrol_out(enrolments.enrol_many(call.deps, call.viewer, found, body.leads, rep=call.rep_id))
    call.record(AuditAction.LEADS_CHANGED, "leads", sequence=found.name, changed=str(results.added))
    return results


@operations.add("GET", "/leads/{lead}/enrolments", response=List[EnrolmentOut])
def list_lead_enrolments(call: Call, lead: str) -> List[EnrolmentOut]:
    """Lists the sequences that a lead was added to."""
    found = call.store.enrolments.of_lead(visible_lead(call, lead).id)
    return List[EnrolmentOut].model_construct(items=[enrolment_out(one) for one in found], next=None)


@operations.add("PATCH", "/enrolments/{enrolment}", body=EnrolmentChange, response=EnrolmentOut, audit=(AuditAction.LEADS_CHANGED,))
def change_enrolment(call: Call, enrolment: str, body: EnrolmentChange) -> EnrolmentOut:
    """Takes a lead out of a sequence, or decides how a parked one goes on."""
    found, lead = enrolments.visible_enrolment(call.deps, call.viewer, enrolment)
    if body.action == "stop":
        enrolments.take_out(call.deps, call.workspace.id, found.id, f"Taken out by {call.rep.name if call.rep else 'a program'}")
    elif body.action == "retry":
        enrolments.try_again(call.deps, call.workspace, found)
    else:
        enrolments.go_on(call.deps, call.workspace, found, call.store.reps.find(lead.owner) if lead.owner else None)
    call.record(AuditAction.LEADS_CHANGED, "leads", sequence=body.action, changed="1")
    return enrolment_out(call.store.enrolments.get(found.id))
