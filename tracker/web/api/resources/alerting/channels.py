"""/reps/{rep}/channels and /team/channels: alert channels. A rep reads and tests own channels; admins manage all channels."""

from tracker.actions.alerting import channels
from tracker.actions.ops import audit
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import check_is_admin, own_rep
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.channels import ChannelIn, ChannelOut, SlackAppOut, TestOut, channel_out
from tracker.web.api.schemas.base import List

operations = Operations()
_TEAM = "the team"


@operations.add("GET", "/reps/{rep}/channels", response=List[ChannelOut])
def list_channels(call: Call, rep: str) -> List[ChannelOut]:
    """Lists the rep's alert channels."""
    return _channels(call, own_rep(call, rep).id)


@operations.add("PUT", "/reps/{rep}/channels/{name}", body=ChannelIn, response=ChannelOut, audit=(AuditAction.CHANNEL_CHANGED,))
def set_channel(call: Call, rep: str, name: str, body: ChannelIn) -> ChannelOut:
    """Sets a rep's slack, email, webhook or console channel; admins only."""
    found = own_rep(call, rep)
    check_is_admin(call)
    return _set(call, found.id, found.name, name, body)


@operations.add("DELETE", "/reps/{rep}/channels/{name}", status=204, audit=(AuditAction.CHANNEL_REMOVED,))
def remove_channel(call: Call, rep: str, name: str) -> None:
    """Removes a rep's channel; admins only."""
    found = own_rep(call, rep)
    check_is_admin(call)
    _remove(call, found.id, found.name, name)


def _authorize_test(call: Call, rep: str, name: str) -> None:
    del name
    own_rep(call, rep)


@operations.add("POST", "/reps/{rep}/channels/{name}/test", response=TestOut, status=202, authorize=_authorize_test)
def try_channel(call: Call, rep: str, name: str) -> TestOut:
    """Sends an alert marked Test to the channel."""
    return TestOut(alert=channels.test_channel(call.deps, call.workspace.id, rep, name).id)


@operations.add("GET", "/team/channels", response=List[ChannelOut], admin=True)
def list_team_channels(call: Call) -> List[ChannelOut]:
    """Lists the team's channels, which get the alerts of leads without an owner."""
    return _channels(call, None)


@operations.add("GET", "/slack-app", response=SlackAppOut, admin=True)
def get_slack_app(call: Call) -> SlackAppOut:
    """Returns to which company in Slack the app belongs, and its channels; never its secrets."""
    app = call.workspace.slack_app
    if app is None:
        return SlackAppOut(is_connected=False, team=None, team_name=None, channel=None, rule_channels={})
    rules = dict(app.rule_channels)
    return SlackAppOut(is_connected=True, team=app.team, team_name=app.team_name, channel=app.channel or None, rule_channels=rules)


@operations.add("PUT", "/team/channels/{name}", body=ChannelIn, response=ChannelOut, admin=True, audit=(AuditAction.CHANNEL_CHANGED,))
def set_team_channel(call: Call, name: str, body: ChannelIn) -> ChannelOut:
    """Sets a team channel."""
    return _set(call, None, _TEAM, name, body)


@operations.add("DELETE", "/team/channels/{name}", status=204, admin=True, audit=(AuditAction.CHANNEL_REMOVED,))
def remove_team_channel(call: Call, name: str) -> None:
    """Removes a team channel."""
    _remove(call, None, _TEAM, name)


@operations.add("POST", "/team/channels/{name}/test", response=TestOut, status=202, admin=True)
def try_team_channel(call: Call, name: str) -> TestOut:
    """Sends an alert marked Test to the team channel."""
    return TestOut(alert=channels.test_channel(call.deps, call.workspace.id, None, name).id)


def _channels(call: Call, rep: str | None) -> List[ChannelOut]:
    return List[ChannelOut].model_construct(items=[channel_out(channel) for channel in call.store.channels.of_rep(rep)], next=None)


def _set(call: Call, rep: str | None, owner: str, name: str, body: ChannelIn) -> ChannelOut:
    kept = channels.set_channel(call.deps, call.workspace.id, rep, name, body.config())
    audit.record_channel(call.deps, call.audit_actor, call.workspace.id, owner, kept)
    return channel_out(kept)


def _remove(call: Call, rep: str | None, owner: str, name: str) -> None:
    channels.remove_channel(call.deps, call.workspace.id, rep, name)
    audit.record_channel_removed(call.deps, call.audit_actor, call.workspace.id, owner, name)
