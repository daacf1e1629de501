"""Corrections: alerts that are withdrawn since they were delivered, as lines of the receiver's next notice. Called by notifier.delivery.

For emails, and for messages in Slack that cannot be edited: digests, and those of incoming webhooks.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.notice import Notice, withdrawn_line
from notifier.results import can_correct
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.rules.alerting.routes import EDITABLE
from tracker.store.store import WorkspaceStore

_SINCE = timedelta(days=7)
"""Older alerts are not corrected so."""
_MOST = 200
_CHANNELS = (ChannelName.EMAIL, ChannelName.SLACK)


@dataclass(frozen=True, slots=True)
class Corrections:
    """Withdrawn alerts, and the deliveries of notices about them."""

    alerts: Sequence[Alert] = ()
    deliveries: Sequence[Delivery] = ()

    @property
    def revisions(self) -> Mapping[str, int]:
        """The revision of each alert."""
        return {alert.id: alert.revision for alert in self.alerts}

    def without(self, alerts: Collection[str]) -> "Corrections":
        """These corrections without those of some alerts."""
        return Corrections([a for a in self.alerts if a.id not in alerts], [d for d in self.deliveries if d.alert not in alerts])

    def added_to(self, notice: Notice) -> Notice:
        """The notice with one line for each withdrawn alert."""
        return dataclasses.replace(notice, lines=(*notice.lines, *map(withdrawn_line, self.alerts))) if self.alerts else notice


def pending_corrections(store: WorkspaceStore, notice: Delivery, now: datetime) -> Corrections:
    """The withdrawn alerts of which the receiver of this notice was not told yet. Raises PyMongoError."""
    return _corrections(store, notice, now, _is_pending) if notice.channel in _CHANNELS else Corrections()


def repeated_corrections(store: WorkspaceStore, notice: Delivery, now: datetime) -> Corrections:
    """The withdrawn alerts that this notice told of: an edit of its message keeps these lines. Raises PyMongoError."""

    def is_told(row: Delivery, _: Alert) -> bool:
        return row.reference.get("corrected_in") == notice.id

    return _corrections(store, notice, now, is_told) if notice.channel in EDITABLE else Corrections()


def _corrections(store: WorkspaceStore, notice: Delivery, now: datetime, is_due: Callable[[Delivery, Alert], bool]) -> Corrections:
    withdrawn = {alert.id: alert for alert in store.alerts.withdrawn_for(notice.rep, now - _SINCE, limit=_MOST)}
    if not withdrawn:
        return Corrections()
    rows = [row for deliveries in store.deliveries.of_alerts(withdrawn).values() for row in deliveries]
    own = [row for row in rows if (row.channel, row.rep) == (notice.channel, notice.rep)]
    due = [row for row in own if is_due(row, withdrawn[row.alert])]
    return Corrections([withdrawn[row.alert] for row in due], due)


def _is_pending(row: Delivery, alert: Alert) -> bool:
    is_delivered = row.state is DeliveryState.DELIVERED and not can_correct(row.channel, row.reference)
    return is_delivered and int(row.reference.get("corrected", -1)) < alert.revision
