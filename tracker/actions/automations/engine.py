"""Runs the automations of all workspaces: finds leads by index, decides, and carries out. Called by the schedule; safe to repeat."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
import redis
from pymongo.errors import PyMongoError

from tracker.actions.automations.carry_out import complete
from tracker.actions.automations.effects import entry_id
from tracker.actions.automations.histories import AutomationWorld, candidates, load_histories, load_world
from tracker.actions.automations.reviews import run_review
from tracker.actions.automations.stopped import alarm_of
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.domain.pipeline.automation import BY_DAYS, Automation, AutomationEntry, AutomationState, AutomationTrigger
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.automations.shipped import with_shipped
from tracker.rules.automations.starts import AutomationStart, AutomationSubject, starts

log = logging.getLogger(__name__)

AT_ONCE = 200
MOST_A_RUN = 1_000
"""Entries that one automation makes in a run; the rest follows in the next ones."""
MOST_A_DAY = 5
"""Entries that change one lead within a day."""
MOST_FAILURES = 3
_DAY = timedelta(days=1)
_LATE = timedelta(days=2)
"""How late an event may be stored and still start an automation; looked for once an hour."""
_RECENT = timedelta(minutes=10)
_INTERRUPTED = timedelta(minutes=2)
_QUARTER = timedelta(minutes=15)
"""All time zones have their mornings at full quarters of an hour."""
_S = AutomationState


def run_automations(deps: Deps, now: datetime) -> None:
    """Runs each automation that is on, in all workspaces."""
    in_due(deps, deps.store.due_workspaces.with_automations(now - _INTERRUPTED), lambda one: _run_in(deps, one, now))


def _run_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    stored = deps.store.of(workspace.id).automations.all()
    _alarm(deps, workspace, stored, now)
    found = [one for one in with_shipped(stored, workspace.id) if one.is_on]
    interrupted = deps.store.of(workspace.id).automation_log.interrupted(now - _INTERRUPTED) if stored else []
    if not found and not interrupted:
        return
    world = load_world(deps, workspace)
    _recover(deps, world, found, interrupted, now)
    for automation in found:
        _guarded(deps, world, automation, now)


def _recover(deps: Deps, world: AutomationWorld, found: Sequence[Automation], entries: Sequence[AutomationEntry], now: datetime) -> None:
    """Completes what an earlier run began, entry by entry: a lead may have several."""
    for entry in (one for one in entries if one.lead):
        complete(deps, world, {one.id: one for one in found}, [entry], now)


def _guarded(deps: Deps, world: AutomationWorld, automation: Automation, now: datetime) -> None:
    here = deps.store.of(world.workspace.id).automations
    try:
        run_one(deps, world, automation, now)
    except (PyMongoError, redis.RedisError, OSError):
        raise
    except Exception as error:
        log.exception("automation failed", extra={"automation": automation.id})
        failures = automation.failures + 1
        parked = {"parked_at": now, "parked_reason": f"{type(error).__name__}: {error}"[:300]} if failures >= MOST_FAILURES else {}
        here.note_run(automation.id, failures=failures, **parked)


def run_one(deps: Deps, world: AutomationWorld, automation: Automation, now: datetime) -> None:
    """Carries out every start of the automation since it was switched on that was not carried out before."""
    content, since = automation.content, automation.since
    if since is None or content.trigger is AutomationTrigger.SENT:
        return
    if content.trigger is AutomationTrigger.HALF_YEAR:
        run_review(deps, world, automation, now)
        return
    checked = automation.checked_until or since
    if content.trigger in BY_DAYS and automation.checked_until and _quarter(checked) == _quarter(now):
        return
    is_thorough = automation.checked_until is None or checked.hour != now.hour
    after = max(since, checked - (_LATE if is_thorough or content.trigger in BY_DAYS else _RECENT))
    made = 0
    for batch in _batches(candidates(deps, world.workspace, content, after, now)):
        fresh = _fresh(deps, world, automation, batch, after, now)
        made += len(fresh)
        complete(deps, world, {automation.id: automation}, [entry for entry in fresh if entry.state is _S.PLANNED], now)
        if made >= MOST_A_RUN:
            return
    deps.store.of(world.workspace.id).automations.note_run(automation.id, checked_until=now, failures=0)


def _fresh(
    deps: Deps, world: AutomationWorld, automation: Automation, leads: Sequence[str], after: datetime, now: datetime
) -> list[AutomationEntry]:
    """New entries, stored: of each lead the last start is planned, earlier ones are left to it."""
    ledger = deps.store.of(world.workspace.id).automation_log
    entries: list[AutomationEntry] = []
    for history in load_histories(deps, world, leads, automation.content, after):
        found = starts(automation.content, history, after, now, world.workspace, world.sources)
        entries += [_entry(automation, history, start, now, is_last=start is found[-1]) for start in found]
    known = ledger.by_ids(entry.id for entry in entries) | _done_before_merges(deps, automation, entries)
    fresh = [entry for entry in entries if entry.id not in known]
    busy = ledger.done_since({entry.lead for entry in fresh}, now - _DAY) if fresh else {}
    fresh = [_bounded(entry, busy.get(entry.lead, 0)) for entry in fresh]
    taken = ledger.add_new(fresh)
    return [entry for entry in fresh if entry.id not in taken]


def _done_before_merges(deps: Deps, automation: Automation, entries: Sequence[AutomationEntry]) -> dict[str, AutomationEntry]:
    """What was done for the same cause before its lead was merged with the present one, by the id of the new entry."""
    here, alike = deps.store.of(automation.workspace), dict[str, str]()
    ids = here.leads.ids_with_merged({entry.lead for entry in entries}) if entries else {}
    for lead, kept in ids.items():
        if lead != kept:
            alike |= {entry_id(automation, lead, entry.cause): entry.id for entry in entries if entry.lead == kept}
    return {alike[key]: found for key, found in here.automation_log.by_ids(alike).items()}


def _entry(automation: Automation, history: AutomationSubject, start: AutomationStart, now: datetime, *, is_last: bool) -> AutomationEntry:
    lead = history.lead
    return AutomationEntry(
        id=entry_id(automation, lead.id, start.cause),
        workspace=lead.workspace,
        automation=automation.id,
        lead=lead.id,
        cause=start.cause,
        started_at=start.at,
        at=now,
        state=_S.PLANNED if is_last else _S.UNCHANGED,
        reason=start.reason,
    )


def _bounded(entry: AutomationEntry, done: int) -> AutomationEntry:
    if entry.state is not _S.PLANNED or done < MOST_A_DAY:
        return entry
    return msgspec.structs.replace(entry, state=_S.REFUSED, reason=f"{MOST_A_DAY} automations changed this lead within a day")


def _alarm(deps: Deps, workspace: Workspace, stored: Sequence[Automation], now: datetime) -> None:
    for one in with_shipped(stored, workspace.id):
        if one.parked_at is not None:
            text = f"{one.name}: failed {MOST_FAILURES} times in a row. Nothing more is done by it until you switch it on again."
            deps.store.alarms.begin(alarm_of(one, text), now)


def _quarter(moment: datetime) -> int:
    return int(moment.timestamp() // _QUARTER.total_seconds())


def _batches(leads: Sequence[str]) -> Iterator[Sequence[str]]:
    return (leads[start : start + AT_ONCE] for start in range(0, len(leads), AT_ONCE))
