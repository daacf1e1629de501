"""The Slack app of a workspace: set, removed, and linked with the reps' accounts in Slack."""

from collections.abc import Mapping

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.slack.client import call_slack
from tracker.base.errors import DeliveryError, Invalid, NotFound
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.slack_app import MEMBER, TEAM_CHANNEL, SlackApp
from tracker.domain.workspace.workspace import Workspace

_NOT_FOUND = "users_not_found"


def set_app(
    deps: Deps,
    workspace: str,
    *,
    bot_token: str | None,
    signing_secret: str | None,
    channel: str = "",
    rules: Mapping[str, str] | None = None,
) -> Workspace:
    """Sets the app after a call to Slack that names its company. A secret that is None or empty stays. Raises Invalid, DeliveryError."""
    former = deps.store.workspaces.get(workspace).slack_app
    token = checks.line("bot_token", bot_token or (former.bot_token if former else ""), longest=300)
    secret = checks.line("signing_secret", signing_secret or (former.signing_secret if former else ""), longest=300)
    answer = call_slack(deps.settings, token, "auth.test")
    if not answer.get("ok"):
        raise Invalid("bot_token", f"is not accepted by Slack ({_word(answer)})")
    app = SlackApp(
        team=str(answer.get("team_id", "")),
        team_name=str(answer.get("team", ""))[:200],
        bot=str(answer.get("user_id", "")),
        bot_token=token,
        signing_secret=secret,
        channel=checks.line("channel", channel, longest=100, required=False),
        rule_channels=_rules(rules or {}),
    )
    changed = deps.store.workspaces.change(workspace, slack_app=app)
    _follow(deps, workspace, app)
    return changed


def remove_app(deps: Deps, workspace: str) -> Workspace:
    """Removes the app, and the channels that it served."""
    channels = deps.store.of(workspace).channels
    for channel in channels.all():
        if channel.name is ChannelName.SLACK and (MEMBER in channel.config or TEAM_CHANNEL in channel.config):
            channels.remove(channel.id)
    return deps.store.workspaces.change(workspace, slack_app=None)


def link_rep(deps: Deps, workspace: str, rep: Rep) -> Channel:
    """Sends the rep's alerts to the person in Slack who has the rep's email address. Raises NotFound, Invalid, DeliveryError."""
    app = deps.store.workspaces.get(workspace).slack_app
    if app is None or not app.bot_token:
        raise NotFound("an admin has to set up the Slack app first")
    answer = call_slack(deps.settings, app.bot_token, "users.lookupByEmail", email=rep.email)
    user = answer.get("user")
    if not answer.get("ok") or not isinstance(user, dict) or not user.get("id"):
        if answer.get("error") == _NOT_FOUND:
            raise Invalid("email", f"of yours, {rep.email}, belongs to no one in Slack")
        raise DeliveryError(f"Slack answered {_word(answer)}", permanent=True)
    key = id_of(workspace, rep.id, ChannelName.SLACK.value)
    channel = Channel(id=key, workspace=workspace, rep=rep.id, name=ChannelName.SLACK, config={MEMBER: str(user["id"])})
    return deps.store.of(workspace).channels.put(channel)


def rep_of(deps: Deps, workspace: str, member: str) -> Rep | None:
    """The active rep who is linked with this person in Slack."""
    here = deps.store.of(workspace)
    linked = {one.rep for one in here.channels.all() if one.name is ChannelName.SLACK and one.config.get(MEMBER) == member}
    reps = [rep for rep in here.reps.active() if rep.id in linked] if member else []
    return reps[0] if len(reps) == 1 else None


def _follow(deps: Deps, workspace: str, app: SlackApp) -> None:
    """The team's channel, as the app has it. One that an admin set with a token or address of its own stays."""
    channels = deps.store.of(workspace).channels
    former = channels.named(None, ChannelName.SLACK)
    if former is not None and TEAM_CHANNEL not in former.config:
        return
    key = id_of(workspace, "team", ChannelName.SLACK.value)
    if app.channel or app.rule_channels:
        channels.put(Channel(id=key, workspace=workspace, rep=None, name=ChannelName.SLACK, config={TEAM_CHANNEL: "yes"}))
    elif former is not None:
        channels.remove(key)


def _rules(rules: Mapping[str, str]) -> dict[str, str]:
    known = {rule.value for rule in AlertRule}
    found = {rule: checks.line("rule_channels", channel, longest=100, required=False) for rule, channel in rules.items()}
    if unknown := sorted(found.keys() - known):
        raise Invalid("rule_channels", f"has no rule {unknown[0][:60]!r}")
    return {rule: channel for rule, channel in found.items() if channel}


def _word(answer: Mapping[str, object]) -> str:
    """Slack's word for an error, as far as it is one."""
    word = str(answer.get("error", ""))
    return word if word.replace("_", "").isalnum() and len(word) <= 60 else "an unknown error"  # noqa: PLR2004 - a word, no text
