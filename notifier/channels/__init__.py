"""The channels: how a notice goes out, by name. To add one: a module like the others, and a line here."""

from collections.abc import Callable
from typing import NamedTuple

from notifier.channels import email, slack, webhook
from notifier.context import Context
from notifier.notice import Notice
from tracker.domain.alerting.channel import ChannelName

Config = dict[str, str]
Reference = dict[str, str]


class Transport(NamedTuple):
    """What a channel can do. Both raise DeliveryError."""

    send: Callable[[Notice, Config, Context], Reference]
    """Sends the notice; returns what an edit would need."""
    edit: Callable[[Notice, Reference, Config, Context], Reference] | None = None
    """Changes a notice that was sent; nothing where the channel cannot."""


CHANNELS = {
    ChannelName.SLACK: Transport(slack.send, slack.edit),
    ChannelName.EMAIL: Transport(email.send),
    ChannelName.WEBHOOK: Transport(webhook.send),
}
