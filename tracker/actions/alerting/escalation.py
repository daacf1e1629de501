"""Escalation of alerts that no one took: a loud alert to the leader, once, some minutes after an inquiry or a reply. Called by the schedule."""

import contextlib
from datetime import datetime, timedelta

import redis

from tracker.actions.alerting.receivers import receivers_of
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_each
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import lead_url
from tracker.live_bus import alert_payload
from tracker.rules.alerting.routes import deliveries_for
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import clean
from tracker.rules.alerting.title import LONGEST_TITLE
from tracker.rules.inquiries.escalation import told_of

LATEST = timedelta(hours=1)
"""After this, a schedule that did not run tells no one any more."""
_MOST = 500


def escalate_untaken(deps: Deps, now: datetime) -> None:
    """Tells of inquiries and replies whose alerts no one took in time, in the workspaces that want it."""
    found = deps.store.workspaces.with_time_to_take()
    if not found:
        return
    longest = timedelta(minutes=max(workspace.policy.take_minutes for workspace in found))
    waiting = set(deps.store.due_workspaces.with_untaken_alerts(now - longest - LATEST, now))
    in_each((one for one in found if one.id in waiting), lambda one: _look(deps, one, now))


def _look(deps: Deps, workspace: Workspace, now: datetime) -> None:
    until = now - timedelta(minutes=workspace.policy.take_minutes)
    waiting = deps.store.of(workspace.id).alerts.waiting(until - LATEST, until, limit=_MOST)
    if waiting:
        _escalate(deps, workspace, waiting, now)


def _escalate(deps: Deps, workspace: Workspace, waiting: list[Alert], now: datetime) -> None:
    here = deps.store.of(workspace.id)
    leads = here.leads.by_ids(alert.lead for alert in waiting)
    reps = {rep.id: rep for rep in here.reps.active()}
    told = [
        (alert, leads[alert.lead], rep)
        for alert in waiting
        if alert.lead in leads
        for rep in told_of(leads[alert.lead], workspace, reps.values())
        if rep.id != alert.rep
    ]
    alerts = [_alert(workspace, alert, lead, rep, reps, now) for alert, lead, rep in told]
    known = here.alerts.by_ids(alert.id for alert in alerts)
    new = [alert for alert in alerts if alert.id not in known]
    if not new:
        return
    receivers, url = receivers_of(deps, workspace), deps.settings.public_url
    # Deliveries before alerts: if the process is killed between the two, the next run writes both again.
    here.deliveries.open_once(delivery for alert in new for delivery in deliveries_for(alert, receivers, now))
    here.alerts.save(new)
    deps.wake.notify()
    payloads = [
        alert_payload(one, lead_name=leads[one.lead].name, url=lead_url(url, one.lead), is_silent=receivers.is_silent(one, now))
        for one in new
    ]
    with contextlib.suppress(redis.RedisError, OSError):
        deps.bus.publish_many(workspace.id, payloads)


def _alert(workspace: Workspace, alert: Alert, lead: Lead, rep: Rep, reps: dict[str, Rep], now: datetime) -> Alert:
    cause = id_of(alert.id, "not taken", rep.id)
    zone, owner = zone_of(rep.timezone, workspace.timezone), reps.get(lead.owner or "")
    what = "Inquiry" if alert.rule is AlertRule.FORM else "Reply"
    text = f"{what} at {alert.at.astimezone(zone):%H:%M}. {f'Owner: {clean(owner.name)}.' if owner else 'No owner.'}"
    return Alert(
        id=id_of(workspace.id, lead.id, AlertRule.NOT_TAKEN.value, cause),
        workspace=workspace.id,
        lead=lead.id,
        rep=rep.id,
        rule=AlertRule.NOT_TAKEN,
        cause=cause,
        episode=id_of(lead.id, cause),
        at=now,
        priority=Priority.LOUD,
        title=shorten(f"Not taken: {clean(lead.name) or lead.email}", LONGEST_TITLE),
        text=f"{text}{f' Phone: {clean(lead.phone)}.' if lead.phone else ''}",
        times=Times(event=now, verdict=now, decided=now),
    )
