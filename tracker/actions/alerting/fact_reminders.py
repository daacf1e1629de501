"""Reminders of the dated facts of leads: alerts to the owner, once for each fact and day. Called by the schedule."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from tracker.actions.alerting.reminders import send_reminders
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.reminder import fact_text, is_time_of_fact, reminder_title

_DAYS = (-2, -1, 0, 1)
"""From today in UTC: every time zone's morning, and a day in which a late reminder is still sent."""


def remind_of_facts(deps: Deps, now: datetime) -> None:
    """Sends the reminders of dated facts that are due in all workspaces."""
    days = [now.date() + timedelta(days=ahead) for ahead in _DAYS]
    in_due(deps, deps.store.due_workspaces.with_fact_reminders(days), lambda one: _remind_in(deps, one, days, now))


def _remind_in(deps: Deps, workspace: Workspace, days: list[date], now: datetime) -> None:
    here = deps.store.of(workspace.id)
    leads = here.leads.reminding_on(days)
    reps = {rep.id: rep for rep in here.reps.active()}
    alerts = [alert for lead in leads for alert in _due(workspace, lead, reps.get(lead.owner or ""), now)]
    known = here.alerts.by_ids(alert.id for alert in alerts)
    fresh = [alert for alert in alerts if alert.id not in known]
    send_reminders(deps, workspace.id, fresh, {lead.id: lead for lead in leads}, now)


def _due(workspace: Workspace, lead: Lead, owner: Rep | None, now: datetime) -> Iterator[Alert]:
    zone = zone_of(owner.timezone if owner else None, workspace.timezone)
    for fact in lead.dated_facts:
        if not is_time_of_fact(fact, zone, now):
            continue
        cause = id_of(lead.id, fact.text, fact.day.isoformat(), str(fact.remind_days))
        yield Alert(
            id=id_of(workspace.id, lead.id, AlertRule.TASK.value, cause),
            workspace=workspace.id,
            lead=lead.id,
            rep=owner.id if owner else None,
            rule=AlertRule.TASK,
            cause=cause,
            episode=id_of(lead.id, cause),
            at=now,
            priority=Priority.LOUD,
            title=reminder_title(fact.text, lead),
            text=fact_text(fact, lead, workspace.stage_name(lead.stage), zone, now),
            times=Times(event=now, verdict=now, decided=now),
        )
