"""Reminders of tasks: alerts to the rep of a task, at most once for each due time. Called by the schedule."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import redis

from tracker.actions.alerting.receivers import receivers_of
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.hooks.outbox import put_alerts
from tracker.base.clock import to_ms
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.task import MOST_REMIND_MINUTES, Task
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import lead_url
from tracker.live_bus import alert_payload
from tracker.rules.alerting.reminder import LATEST, is_time, reminder_text, reminder_title
from tracker.rules.alerting.routes import deliveries_for
from tracker.rules.visibility import Viewer, may_see

_AHEAD = timedelta(minutes=MOST_REMIND_MINUTES)


def remind(deps: Deps, now: datetime) -> None:
    """Sends the reminders that are due in all workspaces."""
    found = deps.store.due_workspaces.with_reminders(now - LATEST, now + _AHEAD)
    in_due(deps, found, lambda one: _remind_in(deps, one, now))


def _remind_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    due = [task for task in deps.store.of(workspace.id).tasks.with_reminder(now - LATEST, now + _AHEAD) if is_time(task, now)]
    if due:
        _remind_of(deps, workspace, due, now)


def _remind_of(deps: Deps, workspace: Workspace, tasks: list[Task], now: datetime) -> None:
    here = deps.store.of(workspace.id)
    known = here.alerts.by_ids(_alert_id(task) for task in tasks)
    leads = here.leads.by_ids(task.lead for task in tasks)
    reps = {rep.id: rep for rep in here.reps.active()}
    alerts = []
    for task in tasks:
        lead = leads.get(task.lead)
        if lead is None or lead.archived_at is not None or _alert_id(task) in known:
            continue
        rep = _told(workspace, lead, reps.get(task.rep or ""), reps.get(lead.owner or ""))
        zone = zone_of(rep.timezone if rep else None, workspace.timezone)
        text = reminder_text(task, lead, workspace.stage_name(lead.stage), zone, now)
        alerts.append(_alert(task, lead, rep.id if rep else None, text, now))
    send_reminders(deps, workspace.id, alerts, leads, now)


def _told(workspace: Workspace, lead: Lead, rep: Rep | None, owner: Rep | None) -> Rep | None:
    """The rep of the task, while they may see the lead; else its owner."""
    return rep if rep and may_see(Viewer(workspace, rep), lead) else owner


def send_reminders(deps: Deps, workspace: str, alerts: Sequence[Alert], leads: Mapping[str, Lead], now: datetime) -> None:
    """Stores new alerts, about these leads or about none, with their deliveries, and tells consoles and the notifier."""
    if not alerts:
        return
    here = deps.store.of(workspace)
    # Deliveries before alerts, as workers do: if the process is killed between the two, the next run writes both.
    receivers = receivers_of(deps, deps.store.workspaces.get(workspace))
    here.deliveries.open_once(delivery for alert in alerts for delivery in deliveries_for(alert, receivers, now))
    put_alerts(deps, workspace, alerts)
    here.alerts.save(alerts)
    deps.wake.notify()
    try:
        url, silent = deps.settings.public_url, {alert.id for alert in alerts if receivers.is_silent(alert, now)}
        payloads = [
            alert_payload(
                one,
                lead_name=leads[one.lead].name if one.lead else "",
                url=lead_url(url, one.lead) if one.lead else f"{url}{one.path}",
                is_silent=one.id in silent,
            )
            for one in alerts
        ]
        deps.bus.publish_many(workspace, payloads)
    except (redis.RedisError, OSError):
        return


def _alert_id(task: Task) -> str:
    return id_of(task.workspace, task.lead, AlertRule.TASK.value, _cause(task))


def _cause(task: Task) -> str:
    """Names the task and its due time, so that another due time reminds again."""
    return id_of(task.id, str(to_ms(task.due or task.created_at)))


def _alert(task: Task, lead: Lead, rep: str | None, text: str, now: datetime) -> Alert:
    return Alert(
        id=_alert_id(task),
        workspace=task.workspace,
        lead=lead.id,
        rep=rep,
        rule=AlertRule.TASK,
        cause=_cause(task),
        episode=id_of(lead.id, _cause(task)),
        at=now,
        priority=Priority.LOUD,
        title=reminder_title(task.text, lead),
        text=text,
        times=Times(event=now, verdict=now, decided=now),
    )
