"""What differs between the alerts that should stand and the stored ones. Pure; called by workers.recompute.alerts."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, WithdrawnReason, is_late

_NOT_FROM_EVENTS = (
    *(AlertRule.TEST, AlertRule.TASK, AlertRule.PARKED),
    *(AlertRule.NOT_ANSWERED, AlertRule.NOT_TAKEN, AlertRule.NOT_DELIVERED),
)
_NOT_STANDING = (AlertState.WITHDRAWN, AlertState.UNSURE)


@dataclass(frozen=True, slots=True)
class AlertChanges:
    """The alerts to save, as they should be stored."""

    stored: dict[str, Alert]
    """The alerts as they are stored now, by id."""
    changed: list[Alert]
    """Alerts that are new, or differ from the stored ones."""
    withdrawn: list[Alert]
    """Stored alerts that no longer follow from the events."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to save."""
        return not self.changed and not self.withdrawn

    @property
    def new(self) -> list[Alert]:
        """Alerts that are not stored yet."""
        return [alert for alert in self.changed if alert.id not in self.stored]

    @property
    def edited(self) -> list[Alert]:
        """Stored alerts with a new revision, withdrawn ones included."""
        return [a for a in (*self.changed, *self.withdrawn) if a.id in self.stored and a.revision > self.stored[a.id].revision]

    @property
    def restored(self) -> list[Alert]:
        """Those edited alerts that were withdrawn before and stand again."""
        return [a for a in self.edited if self.stored[a.id].state in _NOT_STANDING and a.state is AlertState.STANDING]

    @property
    def raised(self) -> list[Alert]:
        """Those edited alerts that stand and are loud, and were not before."""
        return [a for a in self.edited if a.state is AlertState.STANDING and Priority.LOUD is a.priority is not self.stored[a.id].priority]

    @property
    def resent(self) -> list[Alert]:
        """Those edited alerts whose state or priority changes."""
        return [a for a in self.edited if (a.state, a.priority) != (self.stored[a.id].state, self.stored[a.id].priority)]

    @property
    def announced(self) -> list[Alert]:
        """Standing alerts that are new or have a new revision."""
        return [a for a in (*self.new, *self.edited) if a.state is AlertState.STANDING]

    @property
    def unsure(self) -> list[Alert]:
        """New alerts that are not confirmed."""
        return [alert for alert in self.new if alert.state is AlertState.UNSURE]


def alert_changes(
    wanted: Iterable[Alert], found: Iterable[Alert], active: Container[str], reasons: Mapping[str, WithdrawnReason]
) -> AlertChanges:
    """Compares the wanted alerts with the stored ones. Tests and reminders stay as they are.

    `active` are the ids of the active reps; `reasons` says by cause why an alert is withdrawn.
    """
    stored = {alert.id: alert for alert in found if alert.rule not in _NOT_FROM_EVENTS}
    in_time = {a.cause for a in stored.values() if a.state in _NOT_STANDING and not _was_late(a)}
    kept = [alert for alert in wanted if not _is_unsure_again(alert, stored.get(alert.id))]
    target = {alert.id: _merged(_addressed(alert, active), stored.get(alert.id), in_time) for alert in kept}
    gone = [a for a in stored.values() if a.id not in target and a.state is not AlertState.WITHDRAWN]
    return AlertChanges(
        stored=stored,
        changed=[alert for alert in target.values() if alert != stored.get(alert.id)],
        withdrawn=[_withdrawn(alert, reasons.get(alert.cause, _reason_without_event(alert))) for alert in gone],
    )


def _is_unsure_again(alert: Alert, stored: Alert | None) -> bool:
    """An alert that was sent, or withdrawn, is not shown as unsure: it is withdrawn, or stays so."""
    return alert.state is AlertState.UNSURE and stored is not None and stored.state is not AlertState.UNSURE


def _addressed(alert: Alert, active: Container[str]) -> Alert:
    """The alert for the owner, or for the team where the owner is no longer active."""
    return alert if alert.rep is None or alert.rep in active else msgspec.structs.replace(alert, rep=None)


def _reason_without_event(alert: Alert) -> WithdrawnReason:
    """Of an alert whose cause is not among the lead's events: that of inactivity is none."""
    return WithdrawnReason.REPLACED if alert.custom and alert.active_until is None else WithdrawnReason.OTHER_LEAD


def _withdrawn(alert: Alert, reason: WithdrawnReason) -> Alert:
    return msgspec.structs.replace(alert, state=AlertState.WITHDRAWN, withdrawn=reason, revision=alert.revision + 1)


def _merged(alert: Alert, stored: Alert | None, in_time: Container[str]) -> Alert:
    """The stored alert with what is new. New text, state or priority raises the revision.

    `in_time` are the causes of withdrawn alerts that were decided in time: another alert of such a cause is not late.
    """
    if alert.state is AlertState.UNSURE:
        return alert if stored is None else stored
    if stored is None:
        is_late = alert.state is AlertState.LATE and alert.cause not in in_time
        return alert if is_late else msgspec.structs.replace(alert, state=AlertState.STANDING, seen_at=None)
    merged = msgspec.structs.replace(
        stored,
        title=alert.title,
        past=alert.past,
        text=alert.text,
        priority=Priority.LOUD if stored.priority is Priority.LOUD else alert.priority,
        state=_restored_state(stored) if stored.state in _NOT_STANDING else stored.state,
        withdrawn=None,
        episode=alert.episode,
        active_until=alert.active_until,
        others=alert.others,
        custom=alert.custom,
    )
    return merged if _content(merged) == _content(stored) else msgspec.structs.replace(merged, revision=stored.revision + 1)


def _content(alert: Alert) -> tuple[str, str, AlertState, Priority]:
    """What receivers of the alert see of it."""
    return alert.title, alert.text, alert.state, alert.priority


def _restored_state(alert: Alert) -> AlertState:
    """The state that a withdrawn alert had: whether it is late is decided once, at first."""
    return AlertState.LATE if _was_late(alert) else AlertState.STANDING


def _was_late(alert: Alert) -> bool:
    return alert.times.decided is not None and is_late(alert.at, alert.times.decided)
