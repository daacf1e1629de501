"""The rows of the bell: one for each visit of a lead. Pure; called by pages.alerts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.activity.visit import GAP
from tracker.domain.alerting.alert import Alert, AlertState, Priority


@dataclass(frozen=True, slots=True)
class BellRow:
    """The newest alert of a visit, with what is true of all its alerts."""

    alert: Alert
    title: str
    others: int
    """The number of the visit's other alerts."""
    is_unseen: bool
    is_quiet: bool


def bell_rows(alerts: Iterable[Alert], now: datetime) -> list[BellRow]:
    """One row for each episode, in the order of their newest alerts; `alerts` are newest first. Tests and alarms have rows of their own.

    Alerts that are not confirmed belong to no episode; those of one lead share a row while they follow within half an hour.
    """
    rows: dict[str, list[Alert]] = {}
    unsure: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.state is AlertState.UNSURE:
            last = unsure.get(alert.lead)
            group = last if last and last[-1].at - alert.at < GAP else rows.setdefault(alert.id, [])
            unsure[alert.lead] = group
        else:
            group = rows.setdefault(alert.episode if alert.lead else alert.id, [])
        group.append(alert)
    return [_row(group, now) for group in rows.values()]


def _row(alerts: list[Alert], now: datetime) -> BellRow:
    return BellRow(
        alert=alerts[0],
        title=alerts[0].title_at(now),
        others=len(alerts) - 1,
        is_unseen=any(alert.seen_at is None for alert in alerts),
        is_quiet=all(alert.priority is Priority.QUIET for alert in alerts),
    )
