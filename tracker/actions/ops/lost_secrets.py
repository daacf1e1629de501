"""Lost secrets: stored tokens and passwords that cannot be decrypted. Called by doctor, restore and upgrade."""

from tracker.actions.deps import Deps
from tracker.domain.alerting.channel import ChannelName
from tracker.store.core.secrets import LostSecret, lost

_CHANNELS = {
    ChannelName.SLACK.value: "Slack",
    ChannelName.WEBHOOK.value: "webhook",
    ChannelName.EMAIL.value: "email",
    ChannelName.PUSH.value: "push",
    "slack_app": "Slack app",
    "hook": "webhook for events",
}
_FIELDS = {
    "bot_token": "bot token",
    "webhook_url": "incoming webhook",
    "url": "address",
    "secret": "signing secret",
    "signing_secret": "signing secret",
    "password": "password",
    "devices": "devices",
}


def lost_secrets(deps: Deps) -> list[str]:
    """The secrets to enter again, one line each, such as `Northwind, rita@northwind.example, Slack: bot token`. Raises PyMongoError."""
    return sorted(_line(deps, secret) for secret in lost(deps.store.database, deps.store.keyring))


def _line(deps: Deps, secret: LostSecret) -> str:
    workspace = deps.store.workspaces.find(secret.workspace)
    name = workspace.name if workspace else secret.workspace
    field = _FIELDS.get(secret.field, secret.field)
    if not secret.channel:
        return f"{name}, mail server: {field}"
    rep = deps.store.of(secret.workspace).reps.find(secret.rep) if secret.rep else None
    whose = "the team" if secret.rep is None else rep.email if rep else secret.rep
    return f"{name}, {whose}, {_CHANNELS.get(secret.channel, secret.channel)}: {field}"
