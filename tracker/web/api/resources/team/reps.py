"""/reps: the reps of the workspace. Reps change their own name, time zone and tracking; admins change every rep."""

from dataclasses import asdict
from typing import Any

from tracker.actions.ops import audit
from tracker.actions.team import hand_over, senders
from tracker.actions.team import reps as actions
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Role
from tracker.rules.visibility import is_admin, may_set_absence
from tracker.web.api.access import own_rep
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.team.reps import (
    DeactivateIn,
    HandOverOut,
    OutOfOfficeIn,
    RepChange,
    RepIn,
    RepOut,
    SenderIn,
    SenderOut,
    rep_out,
    sender_out,
)

operations = Operations()
_REP_CHANGES = (
    AuditAction.ROLE_CHANGED,
    AuditAction.ADDRESS_CHANGED,
    AuditAction.REP_DEACTIVATED,
    AuditAction.REP_REACTIVATED,
    AuditAction.REP_CHANGED,
)


@operations.add("GET", "/reps", response=List[RepOut])
def list_reps(call: Call) -> List[RepOut]:
    """Lists reps, oldest first."""
    return List[RepOut].model_construct(items=[rep_out(rep) for rep in call.store.reps.all()], next=None)


@operations.add("POST", "/reps", body=RepIn, response=RepOut, status=201, admin=True, audit=(AuditAction.REP_ADDED,))
def add_rep(call: Call, body: RepIn) -> RepOut:
    """Adds a rep."""
    given = body.given() | {"role": Role(body.role)}
    added = actions.add_rep(call.deps, call.workspace.id, **given)
    call.record(AuditAction.REP_ADDED, added.name, email=added.email, role=added.role.value)
    return rep_out(added)


@operations.add("GET", "/reps/{rep}", response=RepOut)
def get_rep(call: Call, rep: str) -> RepOut:
    """Returns one rep."""
    return rep_out(call.store.reps.get(rep))


@operations.add("PATCH", "/reps/{rep}", body=RepChange, response=RepOut, audit=_REP_CHANGES)
def change_rep(call: Call, rep: str, body: RepChange) -> RepOut:
    """Changes a rep; only admins change role, email address and access."""
    found = own_rep(call, rep)
    values: dict[str, Any] = body.given()
    empty = next((name for name, value in values.items() if value is None and name != "daily_limit"), None)
    if empty:
        raise Invalid(empty, "cannot be emptied")
    if values.keys() & {"role", "is_active", "email", "daily_limit"} and not is_admin(call.viewer):
        raise Forbidden("only admins may change role, access, email address and daily limit")
    changed = actions.change_rep(call.deps, call.workspace.id, found.id, **values) if values else found
    audit.record_rep(call.deps, call.audit_actor, found, changed)
    return rep_out(changed)


@operations.add(
    "POST",
    "/reps/{rep}/deactivate",
    body=DeactivateIn,
    response=HandOverOut,
    admin=True,
    audit=(AuditAction.REP_DEACTIVATED,),
)
def deactivate_rep(call: Call, rep: str, body: DeactivateIn) -> HandOverOut:
    """Deactivates a rep and gives their leads, open tasks and unseen alerts to a colleague; sessions and keys end."""
    left = call.store.reps.get(rep)
    done = hand_over.deactivate(call.deps, call.workspace.id, rep, to=body.to)
    to = call.store.reps.get(body.to).name if body.to else ""
    call.record(AuditAction.REP_DEACTIVATED, left.name, to=to, leads=str(done.leads), tasks=str(done.tasks))
    return HandOverOut.model_construct(**asdict(done))


@operations.add("PUT", "/reps/{rep}/out-of-office", body=OutOfOfficeIn, response=RepOut, audit=(AuditAction.REP_CHANGED,))
def set_out_of_office(call: Call, rep: str, body: OutOfOfficeIn) -> RepOut:
    """Sets the days on which the rep gets no new leads: for the rep, managers and leaders of the rep's teams, and admins."""
    found = call.store.reps.get(rep)
    if not may_set_absence(call.viewer, found.id):
        raise NotFound("no such rep")
    changed = actions.change_rep(call.deps, call.workspace.id, found.id, out_of_office=body.value())
    audit.record_rep(call.deps, call.audit_actor, found, changed)
    return rep_out(changed)


@operations.add("GET", "/reps/{rep}/sender", response=SenderOut)
def get_sender(call: Call, rep: str) -> SenderOut:
    """Returns how the rep's email is signed, and the addresses that may be chosen."""
    found = own_rep(call, rep)
    return sender_out(found, senders.own_addresses(call.deps, found))


@operations.add("PUT", "/reps/{rep}/sender", body=SenderIn, response=SenderOut, audit=(AuditAction.REP_CHANGED,))
def set_sender(call: Call, rep: str, body: SenderIn) -> SenderOut:
    """Sets how the rep's email is signed; what is not given is emptied."""
    found = own_rep(call, rep)
    given = {name: getattr(body, name) or "" for name in SenderIn.model_fields}
    changed = senders.set_sender(call.deps, found, **given)
    audit.record_rep(call.deps, call.audit_actor, found, changed)
    return sender_out(changed, senders.own_addresses(call.deps, changed))
