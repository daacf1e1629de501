"""Routes: the channels that an alert goes to: those of its recipient, or of the team."""

from datetime import datetime

from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.rules.alerting.policy.decide import AlertReceivers, decide

EDITABLE = (ChannelName.SLACK,)
"""Channels whose messages can be edited after sending: a new text is due there."""
RESENDABLE = (ChannelName.WEBHOOK, ChannelName.PUSH)
"""Channels that receive a withdrawn, restored or raised alert again."""
SHOWS_TAKEN = (*EDITABLE, ChannelName.PUSH)
"""Channels that show who took an alert after it was sent."""

KEPT = (ChannelName.SLACK, ChannelName.WEBHOOK)
"""Channels that are told what they missed once they work again."""


def deliveries_for(alert: Alert, receivers: AlertReceivers, now: datetime) -> list[Delivery]:
    """One outbox row for each channel of the alert, due when the delivery policy says; ids come from alert and channel, so repeats change nothing.

    The row of a channel that was given up fails at once, so that the alert is among those it missed.
    """
    routed = [channel for channel in receivers.channels if receivers.reaches(alert, channel) and _is_routed(channel)]
    plans = {channel.id: decide(alert, channel.name, receivers.of(channel.rep), now) for channel in routed}
    return [
        Delivery(
            id=id_of(alert.id, channel.name.value, channel.rep or "team"),
            workspace=alert.workspace,
            alert=alert.id,
            lead=alert.lead,
            rep=channel.rep,
            channel=channel.name,
            state=DeliveryState.FAILED if channel.disabled_reason else DeliveryState.DUE,
            error=channel.disabled_reason,
            due_at=now if channel.disabled_reason else plans[channel.id].at,
            timing=plans[channel.id].timing,
            created_at=now,
        )
        for channel in routed
    ]


def _is_routed(channel: Channel) -> bool:
    return channel.name in KEPT or (channel.disabled_reason is None and channel.name is not ChannelName.CONSOLE)
