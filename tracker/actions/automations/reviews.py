"""The half-yearly review: one reminder for an admin about the whole workspace, with what there is to clean up. Once for each half-year."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from tracker.actions.alerting.reminders import send_reminders
from tracker.actions.automations.histories import AutomationWorld
from tracker.actions.deps import Deps
from tracker.actions.leads import clean_up
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.pipeline.automation import Automation, AutomationEntry, AutomationState
from tracker.domain.team.rep import Rep
from tracker.rules.automations.starts import half_year_before
from tracker.rules.conditions.clean_up import KINDS
from tracker.rules.visibility import Viewer

_S = AutomationState
_LATEST = timedelta(days=14)
"""How late the reminder still comes."""


def run_review(deps: Deps, world: AutomationWorld, automation: Automation, now: datetime) -> None:
    """Reminds the first admin if a half-year began since it was switched on. A run that was interrupted is completed."""
    here, admin = deps.store.of(world.workspace.id), world.reps.get(world.admin or "")
    if admin is None or automation.since is None:
        return
    zone = zone_of(admin.timezone, world.workspace.timezone)
    at = half_year_before(now, zone)
    if at <= automation.since or now - at > _LATEST:
        return
    entry = _entry(automation, at, zone, now)
    known = here.automation_log.by_ids([entry.id]).get(entry.id)
    if known is None:
        here.automation_log.add_new([entry])
    elif known.state is not _S.PLANNED:
        return
    alert = _alert(deps, world, entry, admin, now)
    if alert.id not in here.alerts.by_ids([alert.id]):
        send_reminders(deps, world.workspace.id, [alert], {}, now)
    here.automation_log.finish(msgspec.structs.replace(entry, state=_S.DONE, words=(f"Alerted {admin.name}",)))


def _entry(automation: Automation, at: datetime, zone: ZoneInfo, now: datetime) -> AutomationEntry:
    cause = at.astimezone(zone).date().isoformat()
    return AutomationEntry(
        id=id_of(automation.workspace, automation.id, "", cause),
        workspace=automation.workspace,
        automation=automation.id,
        lead="",
        cause=cause,
        started_at=at,
        at=now,
        reason="A half-year began",
    )


def _alert(deps: Deps, world: AutomationWorld, entry: AutomationEntry, admin: Rep, now: datetime) -> Alert:
    counts = clean_up.counts(deps, Viewer(world.workspace, admin))
    parts = [f"{kind.label.lower()} {counts[kind.key]:,}" for kind in KINDS if counts[kind.key]]
    cause = id_of(entry.id, "review")
    return Alert(
        id=id_of(entry.workspace, admin.id, AlertRule.TASK.value, cause),
        workspace=entry.workspace,
        lead="",
        rep=admin.id,
        rule=AlertRule.TASK,
        cause=cause,
        episode=id_of(admin.id, cause),
        at=now,
        priority=Priority.LOUD,
        title="Half-yearly review: clean up leads",
        text=f"To clean up: {', '.join(parts)}." if parts else "Nothing to clean up. Look at sources, stages and rules.",
        path="/clean-up",
        times=Times(event=now, verdict=now, decided=now),
    )
