"""The channels by name. To add one, add a module like the others and a line here."""

from collections.abc import Callable
from typing import NamedTuple

from notifier.channels import email, push, slack, webhook
from notifier.context import Context
from notifier.notice import Notice
from tracker.domain.alerting.channel import ChannelName

Config = dict[str, str]
Reference = dict[str, str]


class Transport(NamedTuple):
    """The functions of a channel. Both raise DeliveryError."""

    send: Callable[[Notice, Config, Context], Reference]
    """Sends the notice; returns the reference that an edit needs."""
    edit: Callable[[Notice, Reference, Config, Context], Reference] | None = None
    """Edits a notice that was sent, or sends it again as it is now; None where the channel cannot."""


CHANNELS = {
    ChannelName.SLACK: Transport(slack.send, slack.edit),
    ChannelName.EMAIL: Transport(email.send),
    ChannelName.WEBHOOK: Transport(webhook.send, webhook.edit),
    ChannelName.PUSH: Transport(push.send, push.edit),
}
