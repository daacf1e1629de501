"""Alerts about inactive leads, by custom rules. Called by workers.recompute.alerts, and for previews; the schedule marks leads whose time has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from tracker.actions.activity.lead_contexts import LeadContext
from tracker.actions.alerting.decide import lead_past
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.base.clock import to_ms
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import LATE, Alert, AlertRule, AlertState, Priority, Times, is_late
from tracker.domain.alerting.custom_rule import RuleTrigger
from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.custom.inactivity import Silence, silences
from tracker.rules.alerting.custom.matcher import holds
from tracker.rules.alerting.reminder import reminder_title
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import clean
from tracker.rules.scoring.daily_facts import is_by_lead, last_standing
from tracker.store.leads.lead_query import LeadQuery

_AT_ONCE = 500


def inactivity_alerts(workspace: Workspace, context: LeadContext, moves: Sequence[Move], now: datetime, since: datetime) -> list[Alert]:
    """The alerts of the lead about inactivity that begin to apply between `since` and now."""
    book, lead = context.custom.book, context.lead
    rules = [rule for rule in book.of_owner(lead.owner) if any(one.content.trigger is RuleTrigger.INACTIVE for one in rule.revisions)]
    if not rules:
        return []
    own = sorted((event for event in context.events if event.stands and is_by_lead(event) and not event.reader), key=lambda e: e.order)
    before = last_standing(context.before)
    found = []
    for silence in silences(rules, [*([before] if before else []), *(event.at for event in own)], now):
        if silence.at < since or (lead.archived_at is not None and silence.at >= lead.archived_at):
            continue
        past, last = lead_past(workspace, context, moves), next((event for event in reversed(own) if event.at <= silence.since), None)
        alert = _alert(workspace, context, silence, now)
        is_made = silence.rule.id in context.custom.made.get(alert.cause, ())

        then = partial(past.at_moment, silence.at, last, context.before, silence.since)
        if is_made or holds(book, silence.rule, silence.content, past, silence.at, then):
            found.append(alert)
    return found


class InactivitySweep:
    """Marks the leads for whom the time of a rule has come, so that they are decided. One per schedule; repeating it changes nothing."""

    def __init__(self) -> None:
        self._until: datetime | None = None

    def run(self, deps: Deps, now: datetime) -> None:
        """For the time since the last run; at first for as long as an alert is not late."""
        since = max(self._until or now - LATE, now - LATE)
        if not in_due(deps, deps.store.due_workspaces.with_inactivity_rules(), lambda one: _mark_by_rules(deps, one, since, now)):
            self._until = now  # else all of the time is looked at again, which changes nothing where it was


def _mark_by_rules(deps: Deps, workspace: Workspace, since: datetime, now: datetime) -> None:
    every = deps.store.of(workspace.id).alert_rules.every()
    rules = [rule for rule in every if not rule.is_removed and rule.content.trigger is RuleTrigger.INACTIVE]
    for days in {timedelta(days=rule.content.number) for rule in rules}:
        _mark(deps, workspace.id, since - days, now - days)


def _mark(deps: Deps, workspace: str, seen_after: datetime, seen_before: datetime) -> None:
    cursor: str | None = None
    while True:
        page = deps.store.of(workspace).leads.page(LeadQuery(seen_after=seen_after, seen_before=seen_before), cursor=cursor, limit=_AT_ONCE)
        marks = [(workspace, "lead", lead.id, lead.derived.last_seen_at) for lead in page.items if lead.derived.last_seen_at]
        if marks:
            deps.store.dirty.mark_many(marks)
            deps.wake.live()
        cursor = page.next
        if cursor is None:
            return


def _alert(workspace: Workspace, context: LeadContext, silence: Silence, now: datetime) -> Alert:
    lead, rule = context.lead, silence.rule
    cause = id_of(rule.id, lead.id, str(to_ms(silence.since)))
    days, late = silence.content.number, is_late(silence.at, now)
    last = f"{silence.since.astimezone(zone_of(lead.timezone, workspace.timezone)):%d %b, %H:%M}"
    return Alert(
        id=id_of(workspace.id, lead.id, AlertRule.CUSTOM.value, cause),
        workspace=workspace.id,
        lead=lead.id,
        rep=lead.owner,
        rule=AlertRule.CUSTOM,
        custom=rule.id,
        cause=cause,
        episode=id_of(lead.id, cause),
        at=silence.at,
        priority=Priority(silence.content.priority.value),
        state=AlertState.LATE if late else AlertState.STANDING,
        title=reminder_title(f"nothing for {days} day{'' if days == 1 else 's'}", lead),
        text=f"Last seen {last}. Stage: {workspace.stage_name(lead.stage)}. Rule: {shorten(clean(rule.name), 60)}.",
        times=Times(event=silence.at, verdict=silence.at, decided=now),
        seen_at=now if late else None,
    )
