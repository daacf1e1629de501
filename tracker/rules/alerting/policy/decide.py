"""The delivery policy: whether an alert goes out now with or without a sound, with a digest, or when the receiver's hours begin.

Pure: alert, receiver and `now` in, a decision out. Called where outbox rows are made, by `routes.deliveries_for` and for the console. Whatever it decides,
each alert is afterwards in exactly one place of each channel: delivered alone, in one digest, withdrawn, or taken before.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import DeliveryTiming
from tracker.domain.alerting.preferences import AlertPreferences, EmailAlerts
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.slack_app import TEAM_CHANNEL
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.policy.digest_times import held_until, next_digest

PROGRAMS = frozenset({ChannelName.WEBHOOK})
"""Channels of programs: they get every alert at once."""
_NOT_BESIDE_EMAIL = PROGRAMS | {ChannelName.EMAIL, ChannelName.CONSOLE}
"""Channels that reach no one away from the console."""
_AT_ONCE = frozenset({AlertRule.FORM, AlertRule.TEST})
"""Always delivered at once, with a sound."""
_ASKED_FOR = frozenset({AlertRule.TASK, AlertRule.ALARM})
"""Delivered at once at any time, but with a sound in the receiver's hours only: a rep chose the time of a reminder."""


@dataclass(frozen=True, slots=True)
class AlertReceiver:
    """A rep, or the team, with what decides how alerts arrive."""

    zone: tzinfo
    preferences: AlertPreferences
    channels: Collection[ChannelName] = ()
    """The channels that are on."""


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """When an alert goes out through a channel. `is_loud`: whether it may sound."""

    timing: DeliveryTiming
    at: datetime
    is_loud: bool


def decide(alert: Alert, channel: ChannelName, receiver: AlertReceiver, now: datetime) -> DeliveryPlan:
    """The plan of one alert for one channel of its receiver."""
    is_loud = alert.priority is Priority.LOUD
    if alert.rule in _AT_ONCE or channel in PROGRAMS:
        return DeliveryPlan(DeliveryTiming.NOW, now, is_loud or alert.rule is AlertRule.TEST)
    opens_at = held_until(now, receiver.preferences, receiver.zone)
    if channel is ChannelName.CONSOLE or alert.rule in _ASKED_FOR:
        return DeliveryPlan(DeliveryTiming.NOW, now, is_loud and opens_at <= now)
    if alert.priority is Priority.DIGEST or (channel is ChannelName.EMAIL and _is_email_digest(receiver)):
        return DeliveryPlan(DeliveryTiming.DIGEST, next_digest(now, receiver.preferences, receiver.zone), is_loud=False)
    if opens_at > now:
        return DeliveryPlan(DeliveryTiming.HOLD, opens_at, is_loud=False)
    return DeliveryPlan(DeliveryTiming.NOW, now, is_loud)


def _is_email_digest(receiver: AlertReceiver) -> bool:
    if receiver.preferences.email is EmailAlerts.AUTO:
        return any(channel not in _NOT_BESIDE_EMAIL for channel in receiver.channels)
    return receiver.preferences.email is EmailAlerts.DIGEST


class AlertReceivers:
    """The receivers of one workspace with their channels: its reps, and the team (None)."""

    def __init__(self, workspace: Workspace, reps: Iterable[Rep], channels: Iterable[Channel]) -> None:
        self.channels = tuple(channels)
        self._workspace = workspace
        self._reps = {rep.id: rep for rep in reps}

    def of(self, rep: str | None) -> AlertReceiver:
        """The receiver; of an unknown rep with the preferences of the workspace."""
        found, workspace = self._reps.get(rep or ""), self._workspace
        return AlertReceiver(
            zone=zone_of(found.timezone if found else None, workspace.timezone),
            preferences=(found.alert_preferences if found else None) or workspace.alert_preferences,
            channels=frozenset(one.name for one in self.channels if one.rep == rep and one.disabled_reason is None),
        )

    def reaches(self, alert: Alert, channel: Channel) -> bool:
        """Whether the channel gets the alert: its recipient's, and that of the Slack app for the rule, whether or not the lead has an owner."""
        app = self._workspace.slack_app
        is_of_rule = app is not None and TEAM_CHANNEL in channel.config and bool(app.rule_channels.get(alert.rule.value))
        return channel.rep == alert.rep or (channel.rep is None and is_of_rule)

    def is_silent(self, alert: Alert, now: datetime) -> bool:
        """Whether the console shows the alert without a sound that it would have at other times."""
        return alert.priority is Priority.LOUD and not decide(alert, ChannelName.CONSOLE, self.of(alert.rep), now).is_loud
