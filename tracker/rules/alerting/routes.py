"""Routes: the channels that an alert goes to: those of its recipient, or of the team."""

from collections.abc import Iterable
from datetime import datetime

from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState

EDITABLE = (ChannelName.SLACK,)
"""Channels whose messages can be edited after sending: a new text is due there."""
RESENDABLE = (ChannelName.WEBHOOK,)
"""Channels that receive a withdrawn, restored or raised alert again."""


def deliveries_for(alert: Alert, channels: Iterable[Channel], now: datetime) -> list[Delivery]:
    """One outbox row for each channel of the alert; ids come from alert and channel, so repeats change nothing."""
    return [
        Delivery(
            id=id_of(alert.id, channel.name.value, channel.rep or "team"),
            workspace=alert.workspace,
            alert=alert.id,
            lead=alert.lead,
            rep=channel.rep,
            channel=channel.name,
            state=DeliveryState.DUE,
            due_at=now,
            created_at=now,
        )
        for channel in channels
        if channel.rep == alert.rep and channel.disabled_reason is None and channel.name is not ChannelName.CONSOLE
    ]
