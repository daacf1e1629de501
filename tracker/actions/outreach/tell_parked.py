"""Alerts about what waits for a person: a parked step of a sequence, and an email or event of an automation that failed.

Owners are told of their leads, admins of events for webhooks; many leads with the same reason are one alert. Called by the schedule; safe to
repeat: what was not told of is marked in the record that failed, and the alert's id follows from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.actions.activity.rule_books import load_book
from tracker.actions.alerting.reminders import send_reminders
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.base.clock import to_ms
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.alerting.custom_rule import RulePriority
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageState
from tracker.domain.outreach.sequence import Enrolment, EnrolmentState
from tracker.domain.pipeline.automation import AutomationDeed
from tracker.domain.pipeline.automation_effect import AutomationEffect
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.reminder import reminder_title
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import clean
from tracker.rules.automations.shipped import with_shipped

AT_ONCE = 1_000
_MINUTES = 10
_LONGEST = 300
_WRITTEN = timedelta(minutes=2)
"""That an email or event failed is written after the time since when no one was told, within this."""


@dataclass(frozen=True, slots=True)
class _Parked:
    """One record that waits for a person."""

    record: str
    since: datetime
    lead: str
    """The id as asked for: of a lead that was merged, maybe."""
    said: str
    """Such as `Email not sent`."""
    maker: str
    """The sequence or automation in words."""
    reason: str
    for_admins: bool = False


def tell_parked(deps: Deps, now: datetime) -> None:
    """Every ten minutes, in all workspaces."""
    if now.minute % _MINUTES == 0:
        in_due(deps, deps.store.due_workspaces.with_untold(), lambda one: _tell_in(deps, one, now))


def _tell_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    here = deps.store.of(workspace.id)
    until = now - _WRITTEN
    enrolments, effects = here.enrolments.untold(until, AT_ONCE), here.automation_effects.untold(until, AT_ONCE)
    _tell(deps, workspace, [*_steps(deps, workspace, enrolments), *_outside(deps, workspace, effects)], now)
    here.enrolments.note_told((one.id, one.untold_since) for one in enrolments)
    here.automation_effects.note_told((one.id, one.untold_since) for one in effects)


def _steps(deps: Deps, workspace: Workspace, found: Iterable[Enrolment]) -> Iterator[_Parked]:
    """Those that are parked still."""
    names = {one.id: one.name for one in deps.store.of(workspace.id).sequences.all()}
    for one in found:
        if one.state is EnrolmentState.PARKED and one.sequence in names and one.untold_since:
            yield _Parked(one.id, one.untold_since, one.lead, "Follow-up waits", f"Sequence “{names[one.sequence]}”", one.reason)


def _outside(deps: Deps, workspace: Workspace, found: list[AutomationEffect]) -> Iterator[_Parked]:
    """Those that no one had sent again meanwhile."""
    here = deps.store.of(workspace.id)
    names = {one.id: one.name for one in with_shipped(here.automations.all(), workspace.id)}
    messages, events = here.messages.by_ids(one.id for one in found), here.hook_events.by_ids(one.id for one in found)
    for one in found:
        maker = f"Automation “{names.get(one.automation, 'removed')}”"
        message, event, since = messages.get(one.id), events.get(one.id), one.untold_since or one.at
        if one.kind is AutomationDeed.TEMPLATE and message and message.state is MessageState.FAILED:
            yield _Parked(one.id, since, one.lead, "Email not sent", maker, message.error or "")
        elif one.kind is AutomationDeed.WEBHOOK and event and event.state is DeliveryState.FAILED:
            yield _Parked(one.id, since, one.lead, "Webhook not told", maker, event.error or "", for_admins=True)


def _tell(deps: Deps, workspace: Workspace, found: Iterable[_Parked], now: datetime) -> None:
    here, parked = deps.store.of(workspace.id), list(found)
    leads = here.leads.by_ids(one.lead for one in parked)
    reps = {rep.id: rep for rep in here.reps.active()}
    book = load_book(workspace, here)
    groups: dict[tuple[str | None, str, str, str], list[_Parked]] = {}
    for one in parked:
        if one.lead in leads:
            for rep in _told(one, leads[one.lead], reps):
                groups.setdefault((rep, one.said, one.maker, one.reason), []).append(one)
    alerts = []
    for (rep, *_), same in groups.items():
        priority = book.priority_of(AlertRule.PARKED, rep, now) or RulePriority.QUIET
        if priority is not RulePriority.OFF:
            alerts.append(_alert(rep, same, leads, Priority(priority.value), now))
    known = here.alerts.by_ids(alert.id for alert in alerts)
    send_reminders(deps, workspace.id, [one for one in alerts if one.id not in known], {lead.id: lead for lead in leads.values()}, now)


def _told(one: _Parked, lead: Lead, reps: Mapping[str, Rep]) -> list[str | None]:
    """The owner; admins where no owner can do anything about it."""
    if lead.owner in reps and not one.for_admins:
        return [lead.owner]
    return [rep.id for rep in reps.values() if rep.role is Role.ADMIN] or [None]


def _alert(rep: str | None, same: list[_Parked], leads: Mapping[str, Lead], priority: Priority, now: datetime) -> Alert:
    first = same[0]
    lead = leads[first.lead]
    cause = id_of(first.record, str(to_ms(first.since)))
    others = len(same) - 1
    more = f" The same for {others:,} more {'lead' if others == 1 else 'leads'}." if others else ""
    reason = shorten(clean(first.reason).rstrip(".") or "No reason is known", _LONGEST)
    return Alert(
        id=id_of(lead.workspace, rep or "", AlertRule.PARKED.value, cause),
        workspace=lead.workspace,
        lead=lead.id,
        rep=rep,
        rule=AlertRule.PARKED,
        cause=cause,
        episode=id_of(lead.id, cause),
        at=now,
        priority=priority,
        title=reminder_title(first.said, lead),
        text=f"{shorten(clean(first.maker), 100)}: {reason}.{more}",
        times=Times(event=now, verdict=now, decided=now),
    )
