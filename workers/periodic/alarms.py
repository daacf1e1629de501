"""Alarms: checks the health of Leadlight itself and alerts the admins, once until the cause is gone. One of the sweeps."""

import logging
from datetime import datetime, timedelta

import redis

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import WorkspaceTurns, in_due, in_each
from tracker.actions.ops.health import HealthReport, check_health
from tracker.actions.ops.nightly_backup import state_of
from tracker.actions.ops.operator_mail import is_for_operator, operator_address, operator_route
from tracker.actions.workspace.site_origins import refusals_of
from tracker.base import metrics
from tracker.base.clock import to_ms
from tracker.base.ids import id_of
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.live_bus import alert_payload
from tracker.rules.alerting.policy.decide import AlertReceivers
from tracker.rules.alerting.routes import deliveries_for
from workers.periodic.host_alarms import LateDrains, LostEvents, full_disks

log = logging.getLogger(__name__)

QUIET = timedelta(hours=24)
_REFUSED_WITHIN = timedelta(days=1)
_MOST_NOTICES = 3
_LOOKED_AT = 50
"""Workspaces of which one run looks whether they are quiet: ten thousand take fifty minutes."""
_FORGOTTEN = timedelta(days=30)
"""A workspace without events for this long is not in use: no alarm."""
_OVER_AFTER = {
    AlarmKind.SMTP: timedelta(hours=24),
    AlarmKind.HOOK: timedelta(hours=24),
    AlarmKind.AUTOMATION: timedelta(hours=1),
    AlarmKind.DROPS: timedelta(minutes=10),
    AlarmKind.DISK: timedelta(hours=1),
    AlarmKind.CERTIFICATE: timedelta(days=2),
}
_OVER_AFTER_DEFAULT = timedelta(minutes=2)
"""An alarm is over once its cause was absent for this long: an intermittent cause makes one alarm."""
_STUCK_SECONDS = 900.0
"""Email or an alert that was due for longer is stuck; retries have due times of their own."""
_LEAD_EVENTS = set(EventKind) - {EventKind.SENT, EventKind.CALL, EventKind.MEETING, EventKind.CHAT, EventKind.NOTE, EventKind.TOUCH}
"""Kinds that show that leads reach the edge; events recorded by reps do not."""


class AlarmMonitor:
    """Remembers what the last check found late and lost."""

    def __init__(self) -> None:
        self._drains, self._losses, self._turns = LateDrains(), LostEvents(), WorkspaceTurns(_LOOKED_AT)

    def run(self, deps: Deps, now: datetime) -> None:
        """Checks once: begins alarms, ends those that are over, and announces new ones."""
        for alarm in [*self._of_instance(deps, now), *self._quiet(deps, now), *_refused(deps)]:
            deps.store.alarms.begin(alarm, now)
        for alarm, _, seen_at in deps.store.alarms.active():
            if now - seen_at > _OVER_AFTER.get(alarm.kind, _OVER_AFTER_DEFAULT):
                deps.store.alarms.remove(alarm)
                log.info("alarm is over", extra={"alarm": alarm.kind.value})
        for alarm, since in deps.store.alarms.unannounced():
            _announce(deps, alarm, since, now)

    def _of_instance(self, deps: Deps, now: datetime) -> list[Alarm]:
        found, hosts = check_health(deps), deps.store.hosts.all()
        alarms = [*self._drains.alarms(found), *full_disks(deps, found, hosts, now)]
        if found.dirty and found.dirty["parked"]:
            text = "The scores of their leads are not up to date. The reason is in DATA/log/live.log; `leadlight rescore` tries again."
            alarms.append(Alarm(kind=AlarmKind.PARKED, title=f"{found.dirty['parked']:,} updates failed three times", text=text))
        return [*alarms, *_stuck(found), *_backup(deps), *self._losses.alarms(deps, hosts)]

    def _quiet(self, deps: Deps, now: datetime) -> list[Alarm]:
        """In the workspaces whose turn it is, and in those with such an alarm, which is over as soon as events arrive."""
        known = {alarm.workspace for alarm, _, _ in deps.store.alarms.active() if alarm.kind is AlarmKind.QUIET}
        companies = {one.id: one for one in [*self._turns.next(deps), *deps.store.workspaces.some(known)] if not one.is_demo}
        found: list[Alarm | None] = []
        in_each(companies.values(), lambda one: found.append(_quiet(deps, one, now)))
        return [alarm for alarm in found if alarm]


def _stuck(found: HealthReport) -> list[Alarm]:
    seconds = max(found.mail_seconds or 0, found.outbox_seconds or 0)
    if seconds <= _STUCK_SECONDS:
        return []
    text = f"The oldest has been due for {seconds / 60:.0f} minutes. Is `notify` running? See `leadlight ps`."
    return [Alarm(kind=AlarmKind.MAIL, title="Email and alerts are stuck", text=text)]


def _backup(deps: Deps) -> list[Alarm]:
    error = state_of(deps.settings).error
    if not error or deps.settings.backup_at == "off":
        return []
    text = f"{error[:1].upper()}{error[1:]}. It is tried again every hour; `leadlight backup` tries at once."
    return [Alarm(kind=AlarmKind.BACKUP, title="The nightly backup failed", text=text)]


def _quiet(deps: Deps, workspace: Workspace, now: datetime) -> Alarm | None:
    events = deps.store.of(workspace.id).events
    newest = events.newest_at(now - _FORGOTTEN, _LEAD_EVENTS)
    last = newest or events.oldest_at()
    if last is None or not QUIET < now - last < _FORGOTTEN:
        return None
    told = "The last thing a lead did was" if newest else "No lead has done anything since the first entry"
    text = f"{told} on {last:%d %B at %H:%M} UTC. Is mail being sent, is the snippet on the site, can leads reach EDGE_URL?"
    return Alarm(kind=AlarmKind.QUIET, workspace=workspace.id, title="No event for a day", text=text)


def _refused(deps: Deps) -> list[Alarm]:
    found: list[Alarm | None] = []
    refused = deps.store.due_workspaces.with_refusals((deps.now() - _REFUSED_WITHIN).date())
    in_due(deps, refused, lambda one: None if one.is_demo else found.append(_refused_in(deps, one)))
    return [alarm for alarm in found if alarm]


def _refused_in(deps: Deps, workspace: Workspace) -> Alarm | None:
    """Pages of the site that were refused yesterday or today, if more than a few."""
    alarming = [notice for notice in refusals_of(deps, workspace, within=_REFUSED_WITHIN) if notice.is_alarming]
    if not alarming:
        return None
    text = f"{' '.join(notice.text for notice in alarming[:_MOST_NOTICES])} See Settings, Website and forms."
    return Alarm(kind=AlarmKind.REFUSED, workspace=workspace.id, title="Pages of your website are not recorded", text=text)


def _announce(deps: Deps, alarm: Alarm, since: datetime, now: datetime) -> None:
    """Writes outbox rows, then marks the alarm as announced: if the process is killed between the two, the rows are written again."""
    workspace = deps.store.workspaces.find(alarm.workspace) if alarm.workspace else deps.store.workspaces.first()
    log.error("alarm", extra={"alarm": alarm.kind.value, "title": alarm.title, "why": alarm.text})
    metrics.ALARMS.labels(alarm.kind.value).inc()
    if workspace is not None:
        store = deps.store.of(workspace.id)
        reps = store.reps.active()
        admins = [rep for rep in reps if rep.role is Role.ADMIN]
        alerts = [_alert(alarm, workspace, admin, since, now) for admin in admins]
        channels = [channel for channel in store.channels.all() if not _is_told_by_mail(deps, alarm, channel)]
        receivers = AlertReceivers(workspace, reps, channels)
        store.deliveries.open_once(row for alert in alerts for row in deliveries_for(alert, receivers, now))
        store.alerts.save(alerts)
        _publish(deps, alerts, receivers, now)
        deps.wake.notify()
    deps.store.alarms.note_announced(alarm, now)


def _is_told_by_mail(deps: Deps, alarm: Alarm, channel: Channel) -> bool:
    """Whether the channel is the operator's address, which gets an email of its own about this alarm."""
    if channel.name is not ChannelName.EMAIL or not is_for_operator(alarm, deps.store.workspaces.first()):
        return False
    return channel.config.get("address") == operator_address(deps) and operator_route(deps) is not None


def _alert(alarm: Alarm, workspace: Workspace, admin: Rep, since: datetime, now: datetime) -> Alert:
    return Alert(
        id=id_of(workspace.id, alarm.id, str(to_ms(since)), admin.id),
        workspace=workspace.id,
        lead="",
        rep=admin.id,
        rule=AlertRule.ALARM,
        cause=alarm.kind.value,
        episode="alarm",
        at=since,
        priority=Priority.LOUD,
        title=alarm.title,
        text=alarm.text,
        times=Times(event=since, verdict=since, decided=now),
    )


def _publish(deps: Deps, alerts: list[Alert], receivers: AlertReceivers, now: datetime) -> None:
    for alert in alerts:
        try:
            is_silent, url = receivers.is_silent(alert, now), f"{deps.settings.public_url}/"
            deps.bus.publish(alert.workspace, alert_payload(alert, lead_name="", url=url, is_silent=is_silent))
        except (redis.RedisError, OSError):
            return
