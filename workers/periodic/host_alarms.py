"""Alarms about hosts: a drain that is late or silent, a full disk, lost events; per host where there are several. Used by `alarms`."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.ops.health import FULL_SHARE, LATE_SECONDS, HealthReport
from tracker.actions.ops.hosts import DrainReport
from tracker.base import metrics
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.ops.host import HostReport

_NO_LOSS = {"address_limit", "privacy_signal"}
"""Reasons for dropping events on purpose: the rate limit of an address, and a browser's privacy signal."""


class LateDrains:
    """Remembers which drains were late at the last check: an alarm needs two such checks, since a drain that starts reports late."""

    def __init__(self) -> None:
        self._late: set[str] = set()

    def alarms(self, found: HealthReport) -> list[Alarm]:
        """The alarms of drains that were late twice."""
        was_late = self._late
        self._late = {host for host, report in found.drains.items() if report.seconds > LATE_SECONDS}
        late = {host: found.drains[host] for host in sorted(self._late & was_late)}
        if len(found.drains) <= 1:
            return [_one_drain(found, report) for report in late.values()]
        return [_drain_of(host, report) for host, report in late.items()]


class LostEvents:
    """Remembers the dropped events of the last check, since an alarm is about new ones."""

    def __init__(self) -> None:
        self._dropped: dict[str, dict[str, float]] | None = None

    def alarms(self, deps: Deps, hosts: list[HostReport]) -> list[Alarm]:
        """The alarm of events that were lost since the last check, on any host."""
        dropped = {row.host: row.spool.dropped for row in hosts if row.spool}
        dropped[deps.settings.host_name] = metrics.counted(metrics.EDGE_DROPPED, "reason")
        before, self._dropped = self._dropped, dropped
        fresh: dict[str, float] = {}
        for host, counts in dropped.items() if before is not None else ():
            for reason, count in counts.items() if before is not None and host in before else ():
                grown = count - (before or {})[host].get(reason, 0)
                if reason not in _NO_LOSS and grown > 0:
                    fresh[reason] = fresh.get(reason, 0) + grown
        if not fresh:
            return []
        reasons = ", ".join(reason.replace("_", " ") for reason in fresh)
        text = f"Leads got their answers, but {sum(fresh.values()):,.0f} events were not kept: {reasons}."
        return [Alarm(kind=AlarmKind.DROPS, title="Events are being lost", text=text)]


def full_disks(deps: Deps, found: HealthReport, hosts: list[HostReport], now: datetime) -> list[Alarm]:
    """The alarms of disks that fill up: of this host's DATA, and of the spools of others."""
    own = {"": found.disk_used}
    others = {
        row.host: row.spool.disk_used for row in hosts if row.spool and row.host != deps.settings.host_name and not row.is_silent(now)
    }
    text = "Free some space: on a full disk, events can no longer be kept."
    return [
        Alarm(kind=AlarmKind.DISK, subject=host, title=f"The disk {f'of {host} ' if host else ''}is {used:.0%} full", text=text)
        for host, used in (own | others).items()
        if used is not None and used >= FULL_SHARE
    ]


def _one_drain(found: HealthReport, report: DrainReport) -> Alarm:
    waiting = f"{found.drain_events:,} events wait in the spool. " if found.drain_events else ""
    text = f"They are {report.seconds:.0f} seconds behind. {waiting}None is lost, but alerts and scores are late. See `leadlight ps`."
    return Alarm(kind=AlarmKind.DRAIN, title="Events arrive late", text=text)


def _drain_of(host: str, report: DrainReport) -> Alarm:
    if report.is_silent:
        text = (
            f"Its drain has reported nothing for {report.seconds:.0f} seconds. Other hosts go on answering leads. What waits in its spool is not "
            f"lost: start the host again, or give its disk to another. If its spool is gone for good: `leadlight ps --forget {host}`."
        )
        return Alarm(kind=AlarmKind.DRAIN, subject=host, title=f"The host {host} is silent", text=text)
    waiting = f"{report.events:,} events wait in its spool. " if report.events else ""
    text = f"They are {report.seconds:.0f} seconds behind. {waiting}None is lost, but alerts and scores are late. See `leadlight ps --all`."
    return Alarm(kind=AlarmKind.DRAIN, subject=host, title=f"Events of {host} arrive late", text=text)
