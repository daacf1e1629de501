"""What differs between the alerts that should stand and the stored ones. Pure; called by workers.recompute.alerts."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

import msgspec

from tracker.domain.alerting.alert import Alert, AlertRule, AlertState


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
    def edited(self) -> list[str]:
        """The ids of stored alerts that change."""
        return [alert.id for alert in self.changed if alert.id in self.stored]

    @property
    def restored(self) -> list[str]:
        """The ids of those edited alerts that were withdrawn before."""
        return [key for key in self.edited if self.stored[key].state is AlertState.WITHDRAWN]


def alert_changes(wanted: Iterable[Alert], found: Iterable[Alert], active: Container[str]) -> AlertChanges:
    """Compares the wanted alerts with the stored ones; `active` are the ids of the active reps. Test alerts stay as they are."""
    stored = {alert.id: alert for alert in found if alert.rule is not AlertRule.TEST}
    target = {alert.id: _merged(_addressed(alert, active), stored.get(alert.id)) for alert in wanted}
    gone = [a for a in stored.values() if a.id not in target and a.state is not AlertState.WITHDRAWN]
    return AlertChanges(
        stored=stored,
        changed=[alert for alert in target.values() if alert != stored.get(alert.id)],
        withdrawn=[msgspec.structs.replace(alert, state=AlertState.WITHDRAWN) for alert in gone],
    )


def _addressed(alert: Alert, active: Container[str]) -> Alert:
    """The alert for the owner, or for the team where the owner is no longer active."""
    return alert if alert.rep is None or alert.rep in active else msgspec.structs.replace(alert, rep=None)


def _merged(alert: Alert, stored: Alert | None) -> Alert:
    """The stored alert with the new title, text and state; a new text raises the revision."""
    if stored is None:
        return alert
    state = alert.state if stored.state is AlertState.WITHDRAWN else stored.state
    is_new_text = (alert.title, alert.text) != (stored.title, stored.text)
    return msgspec.structs.replace(
        stored,
        title=alert.title,
        text=alert.text,
        state=state,
        episode=alert.episode,
        revision=stored.revision + 1 if is_new_text else stored.revision,
    )
