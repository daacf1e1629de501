"""Alerts about figures out of their usual range, to managers and admins: quiet, once for each figure, period and person."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import redis

from tracker.actions.activity.rule_books import load_book
from tracker.actions.alerting.receivers import receivers_of
from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import put_alerts
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.alerting.custom_rule import RulePriority
from tracker.domain.reports.figure_warning import FigureWarning
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.live_bus import alert_payload
from tracker.rules.alerting.routes import deliveries_for


def alert_about(deps: Deps, workspace: Workspace, reps: Iterable[Rep], warnings: Sequence[FigureWarning], monday: date) -> None:
    """Makes those alerts that do not exist yet. Who switched the rule off gets none."""
    if not warnings:
        return
    here, now = deps.store.of(workspace.id), deps.now()
    book = load_book(workspace, here)
    wanted = {rep.id: book.priority_of(AlertRule.FIGURE, rep.id, now) or RulePriority.QUIET for rep in reps}
    alerts = [
        _alert(workspace, rep, Priority(priority.value), warning, monday, now)
        for rep, priority in wanted.items()
        if priority is not RulePriority.OFF
        for warning in warnings
    ]
    known = here.alerts.by_ids(alert.id for alert in alerts)
    new = [alert for alert in alerts if alert.id not in known]
    receivers = receivers_of(deps, workspace)
    here.deliveries.open_once(delivery for alert in new for delivery in deliveries_for(alert, receivers, now))
    put_alerts(deps, workspace, new)
    here.alerts.save(new)
    deps.wake.notify()
    try:
        payloads = [alert_payload(one, lead_name="", url=f"{deps.settings.public_url}{one.path}", is_silent=True) for one in new]
        deps.bus.publish_many(workspace.id, payloads)
    except (redis.RedisError, OSError):
        return


def _alert(workspace: Workspace, rep: str, priority: Priority, warning: FigureWarning, monday: date, now: datetime) -> Alert:
    cause = id_of(warning.figure, monday.isoformat())
    return Alert(
        id=id_of(workspace.id, rep, AlertRule.FIGURE.value, cause),
        workspace=workspace.id,
        lead="",
        rep=rep,
        rule=AlertRule.FIGURE,
        cause=cause,
        episode=id_of(rep, cause),
        at=now,
        priority=priority,
        title=warning.title,
        text=warning.text,
        path=warning.path,
        times=Times(event=now, verdict=now, decided=now),
    )
