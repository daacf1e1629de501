"""/reps and their channels. Reps change their own name and time zone, and read and test their own channels; admins change all."""

from typing import Any

from tracker.actions.alerting import channels
from tracker.actions.ops import audit
from tracker.actions.team import reps as actions
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep, Role
from tracker.rules.visibility import is_admin, may_act_as
from tracker.web.api.access import check_is_admin
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.team.reps import ChannelIn, ChannelOut, RepChange, RepIn, RepOut, TestOut, channel_out, rep_out

operations = Operations()
_REP_CHANGES = (
    AuditAction.ROLE_CHANGED,
    AuditAction.ADDRESS_CHANGED,
    AuditAction.REP_DEACTIVATED,
    AuditAction.REP_REACTIVATED,
    AuditAction.REP_CHANGED,
)
_TEAM = "the team"


@operations.add("GET", "/reps", answer=List[RepOut])
def list_reps(call: Call) -> List[RepOut]:
    """Everybody who owns leads here, oldest first."""
    return List[RepOut].model_construct(items=[rep_out(rep) for rep in call.here.reps.all()], next=None)


@operations.add("POST", "/reps", body=RepIn, answer=RepOut, status=201, admin=True, audit=(AuditAction.REP_ADDED,))
def add_rep(call: Call, body: RepIn) -> RepOut:
    """Adds a rep."""
    given = body.given() | {"role": Role(body.role)}
    added = actions.add_rep(call.deps, call.workspace.id, **given)
    call.record(AuditAction.REP_ADDED, added.name, email=added.email, role=added.role.value)
    return rep_out(added)


@operations.add("GET", "/reps/{rep}", answer=RepOut)
def get_rep(call: Call, rep: str) -> RepOut:
    """One rep."""
    return rep_out(call.here.reps.get(rep))


@operations.add("PATCH", "/reps/{rep}", body=RepChange, answer=RepOut, audit=_REP_CHANGES)
def change_rep(call: Call, rep: str, body: RepChange) -> RepOut:
    """Changes a rep; role and access only by admins."""
    found = _mine(call, rep)
    values: dict[str, Any] = body.given()
    empty = next((name for name, value in values.items() if value is None), None)
    if empty:
        raise Invalid(empty, "cannot be emptied")
    if values.keys() & {"role", "is_active", "email"} and not is_admin(call.viewer):
        raise Forbidden("only admins may change role, access and address")
    changed = actions.change_rep(call.deps, call.workspace.id, found.id, **values) if values else found
    audit.record_rep(call.deps, call.by, found, changed)
    return rep_out(changed)


@operations.add("GET", "/reps/{rep}/channels", answer=List[ChannelOut])
def list_channels(call: Call, rep: str) -> List[ChannelOut]:
    """Where the rep hears of leads."""
    found = _mine(call, rep)
    return List[ChannelOut].model_construct(items=[channel_out(channel) for channel in call.here.channels.of_rep(found.id)], next=None)


@operations.add("PUT", "/reps/{rep}/channels/{name}", body=ChannelIn, answer=ChannelOut, audit=(AuditAction.CHANNEL_CHANGED,))
def set_channel(call: Call, rep: str, name: str, body: ChannelIn) -> ChannelOut:
    """Sets up slack, email, webhook or console for a rep; only by admins."""
    found = _mine(call, rep)
    check_is_admin(call)
    kept = channels.set_channel(call.deps, call.workspace.id, found.id, name, body.config())
    audit.record_channel(call.deps, call.by, call.workspace.id, found.name, kept)
    return channel_out(kept)


@operations.add("DELETE", "/reps/{rep}/channels/{name}", status=204, audit=(AuditAction.CHANNEL_REMOVED,))
def remove_channel(call: Call, rep: str, name: str) -> None:
    """Nothing is sent there any more; only by admins."""
    found = _mine(call, rep)
    check_is_admin(call)
    channels.remove_channel(call.deps, call.workspace.id, found.id, name)
    audit.record_channel_removed(call.deps, call.by, call.workspace.id, found.name, name)


def _rings(call: Call, rep: str, name: str) -> None:
    del name
    _mine(call, rep)


@operations.add("POST", "/reps/{rep}/channels/{name}/test", answer=TestOut, status=202, guard=_rings)
def try_channel(call: Call, rep: str, name: str) -> TestOut:
    """Rings the channel now, marked Test."""
    return TestOut(alert=channels.test_channel(call.deps, call.workspace.id, rep, name).id)


@operations.add("GET", "/team/channels", answer=List[ChannelOut], admin=True)
def list_team_channels(call: Call) -> List[ChannelOut]:
    """Where the team hears of leads that nobody owns."""
    return List[ChannelOut].model_construct(items=[channel_out(channel) for channel in call.here.channels.of_rep(None)], next=None)


@operations.add("PUT", "/team/channels/{name}", body=ChannelIn, answer=ChannelOut, admin=True, audit=(AuditAction.CHANNEL_CHANGED,))
def set_team_channel(call: Call, name: str, body: ChannelIn) -> ChannelOut:
    """Sets up where the team hears of leads that nobody owns."""
    kept = channels.set_channel(call.deps, call.workspace.id, None, name, body.config())
    audit.record_channel(call.deps, call.by, call.workspace.id, _TEAM, kept)
    return channel_out(kept)


@operations.add("DELETE", "/team/channels/{name}", status=204, admin=True, audit=(AuditAction.CHANNEL_REMOVED,))
def remove_team_channel(call: Call, name: str) -> None:
    """Nothing is sent there any more."""
    channels.remove_channel(call.deps, call.workspace.id, None, name)
    audit.record_channel_removed(call.deps, call.by, call.workspace.id, _TEAM, name)


@operations.add("POST", "/team/channels/{name}/test", answer=TestOut, status=202, admin=True)
def try_team_channel(call: Call, name: str) -> TestOut:
    """Rings the team's channel now, marked Test."""
    return TestOut(alert=channels.test_channel(call.deps, call.workspace.id, None, name).id)


def _mine(call: Call, rep: str) -> Rep:
    """The rep, if it is the caller or the caller is an admin; a colleague's channels are not found."""
    found = call.here.reps.get(rep)
    if not may_act_as(call.viewer, found.id):
        raise NotFound("no such rep")
    return found
