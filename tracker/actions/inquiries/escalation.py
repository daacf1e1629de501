"""Escalation of inquiries: an alert to the leader when the clock runs out, once. Called by the schedule."""

from datetime import datetime, timedelta

import redis

from tracker.actions.alerting.receivers import receivers_of
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.hooks.outbox import put_alerts
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import lead_url
from tracker.live_bus import alert_payload
from tracker.rules.alerting.routes import deliveries_for
from tracker.rules.inquiries.escalation import escalation_text, escalation_title, told_of

LATEST = timedelta(days=1)
"""After this, a schedule that did not run tells no one any more."""


def escalate(deps: Deps, now: datetime) -> None:
    """Tells of the inquiries whose clock ran out, in all workspaces."""
    found = deps.store.due_workspaces.with_overdue_inquiries(due_after=now - LATEST, due_before=now)
    in_due(deps, found, lambda one: _escalate_in(deps, one, now))


def _escalate_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    if overdue := deps.store.of(workspace.id).inquiries.overdue(due_after=now - LATEST, due_before=now):
        _escalate_of(deps, workspace, overdue, now)


def _escalate_of(deps: Deps, workspace: Workspace, overdue: list[Inquiry], now: datetime) -> None:
    here = deps.store.of(workspace.id)
    leads = here.leads.by_ids(inquiry.lead for inquiry in overdue)
    reps = {rep.id: rep for rep in here.reps.active()}
    pairs = [(inquiry, leads[inquiry.lead]) for inquiry in overdue if inquiry.lead in leads]
    told = [(inquiry, lead, rep) for inquiry, lead in pairs for rep in told_of(lead, workspace, reps.values())]
    alerts = [_alert(inquiry, lead, rep, reps, (workspace, now)) for inquiry, lead, rep in told]
    known = here.alerts.by_ids(alert.id for alert in alerts)
    new = [alert for alert in alerts if alert.id not in known]
    # Deliveries, alerts, then the note: if the process is killed in between, the next run writes the same again.
    receivers = receivers_of(deps, workspace)
    here.deliveries.open_once(delivery for alert in new for delivery in deliveries_for(alert, receivers, now))
    put_alerts(deps, workspace, new)
    here.alerts.save(new)
    for inquiry in overdue:
        here.inquiries.escalate(inquiry.id, now)
    deps.wake.notify()
    try:
        url, silent = deps.settings.public_url, {alert.id for alert in new if receivers.is_silent(alert, now)}
        payloads = [alert_payload(a, lead_name=leads[a.lead].name, url=lead_url(url, a.lead), is_silent=a.id in silent) for a in new]
        deps.bus.publish_many(workspace.id, payloads)
    except (redis.RedisError, OSError):
        return


def _alert(inquiry: Inquiry, lead: Lead, rep: Rep, reps: dict[str, Rep], at: tuple[Workspace, datetime]) -> Alert:
    workspace, now = at
    cause = id_of(inquiry.id, "escalated", rep.id)
    return Alert(
        id=id_of(workspace.id, lead.id, AlertRule.NOT_ANSWERED.value, cause),
        workspace=workspace.id,
        lead=lead.id,
        rep=rep.id,
        rule=AlertRule.NOT_ANSWERED,
        cause=cause,
        episode=id_of(lead.id, cause),
        at=now,
        priority=Priority.LOUD,
        title=escalation_title(lead),
        text=escalation_text(inquiry, lead, reps.get(lead.owner or ""), zone_of(rep.timezone, workspace.timezone)),
        times=Times(event=now, verdict=now, decided=now),
    )
