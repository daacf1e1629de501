"""Corrections: alerts that are withdrawn since they were emailed, as lines of the receiver's next alert email. Called by notifier.delivery."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.notice import Notice, withdrawn_line
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.store.store import WorkspaceStore

_SINCE = timedelta(days=7)
"""Older alerts are not corrected by email."""
_MOST = 200


@dataclass(frozen=True, slots=True)
class Corrections:
    """Withdrawn alerts, and the delivered emails about them."""

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


def pending_corrections(store: WorkspaceStore, rep: str | None, now: datetime) -> Corrections:
    """The emails to the rep, or to the team, about alerts that are withdrawn since, and not corrected yet. Raises PyMongoError."""
    withdrawn = {alert.id: alert for alert in store.alerts.withdrawn_for(rep, now - _SINCE, limit=_MOST)}
    if not withdrawn:
        return Corrections()
    rows = [row for deliveries in store.deliveries.of_alerts(withdrawn).values() for row in deliveries]
    due = [row for row in rows if _is_pending(row, rep, withdrawn[row.alert])]
    return Corrections([withdrawn[row.alert] for row in due], due)


def _is_pending(row: Delivery, rep: str | None, alert: Alert) -> bool:
    is_delivered = row.channel is ChannelName.EMAIL and row.rep == rep and row.state is DeliveryState.DELIVERED
    return is_delivered and int(row.reference.get("corrected", -1)) < alert.revision
