"""Carries out planned entries of the automation log, each exactly once.

An entry is stored as `planned` before its lead is changed, and the change itself stores the entry's id in the lead. After an
interruption, `complete` therefore knows for each planned entry whether the lead was changed, and does only what is missing.
"""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from tracker.actions.alerting.reminders import send_reminders
from tracker.actions.automations.effects import Effect, effect_of, move_id
from tracker.actions.automations.histories import AutomationWorld
from tracker.actions.automations.outside import store_effects
from tracker.actions.changes.plans import TRIES, Plan, carry_out, row_of
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.automation import AUTOMATION, Automation, AutomationEntry, AutomationState
from tracker.domain.pipeline.task import Task
from tracker.rules.alerting.reminder import reminder_title
from tracker.store.store import WorkspaceStore

_S = AutomationState
_INTERRUPTED = ("Completed after an interruption",)


def complete(
    deps: Deps, world: AutomationWorld, automations: Mapping[str, Automation], entries: Sequence[AutomationEntry], now: datetime
) -> list[AutomationEntry]:
    """Carries out these planned entries, at most one for each lead; returns those that ended. The others stay planned."""
    run = _EntryRun(deps, world, automations, now)
    pending, ended = {entry.lead: entry for entry in entries}, []
    for _ in range(TRIES):
        done = run.once(list(pending.values()))
        ended += done
        for entry in done:
            run.here.automation_log.finish(entry)
            pending.pop(entry.lead, None)
        if not pending:
            break
    return ended


class _EntryRun:
    """One call of `complete`."""

    def __init__(self, deps: Deps, world: AutomationWorld, automations: Mapping[str, Automation], now: datetime) -> None:
        self._deps, self._world, self._automations, self._now = deps, world, automations, now
        self.here: WorkspaceStore = deps.store.of(world.workspace.id)

    def once(self, entries: Sequence[AutomationEntry]) -> list[AutomationEntry]:
        """Reads the leads and writes once; the entries that ended. Leads that others changed meanwhile are left for the next try."""
        leads = self.here.leads.by_ids(entry.lead for entry in entries)
        tasks = self.here.tasks.open_of_leads(leads)
        logged = self.here.moves.by_ids(move_id(entry.id) for entry in entries)
        ended: list[AutomationEntry] = []
        effects: dict[str, Effect] = {}
        wanted: list[tuple[AutomationEntry, Plan | None]] = []
        for entry in entries:
            lead = leads.get(entry.lead)
            if lead is not None and lead.last_automation == entry.id:
                ended.append(self._finished(entry, lead))
                continue
            found = self._planned(entry, lead, tasks.get(entry.lead, ()))
            if isinstance(found, Effect):
                if found.move is None and move_id(entry.id) in logged:
                    found.words += _INTERRUPTED
                effects[entry.id] = found
                wanted.append((entry, found.plan(entry.id)))
            else:
                self._withdraw_move(entry)
                ended.append(msgspec.structs.replace(entry, state=_S.REFUSED, reason=found))
        plans = [_without_move(plan) if plan.move and plan.move.id in logged else plan for _, plan in wanted if plan]
        done = carry_out(self._deps, self._world.workspace.id, plans, self._now, AUTOMATION) if plans else set()
        ready = [entry for entry, plan in wanted if plan is None or plan.lead.id in done]
        self._record({plan.lead.id: plan for plan in plans}, ready)
        self._alert(ready, effects)
        self._store_outside(ready, effects)
        return [*ended, *(_ended(entry, effects[entry.id]) for entry in ready)]

    def _planned(self, entry: AutomationEntry, lead: Lead | None, open_tasks: Sequence[Task]) -> Effect | str:
        """The effect, or why there is none."""
        automation = self._automations.get(entry.automation)
        if lead is None or lead.archived_at is not None:
            return "The lead was archived or removed"
        if automation is None or not automation.is_on:
            return "The automation was switched off"
        try:
            return effect_of(self._world, automation, entry, lead, open_tasks, self._now)
        except Invalid as error:
            return f"{error.field} {error}"

    def _withdraw_move(self, entry: AutomationEntry) -> None:
        """Removes the move that was logged before an interruption, where it must not count after all."""
        if self.here.moves.find(move_id(entry.id)) is not None:
            self.here.moves.remove_many([move_id(entry.id)])
            self._deps.store.dirty.mark_many([(entry.workspace, "lead", entry.lead, self._now)], queue="bulk")

    def _finished(self, entry: AutomationEntry, lead: Lead) -> AutomationEntry:
        """An entry whose lead was changed before an interruption: what follows the lead is added where it is missing."""
        automation = self._automations.get(entry.automation)
        with contextlib.suppress(Invalid):
            if automation is None:
                return msgspec.structs.replace(entry, state=_S.DONE, words=_INTERRUPTED)
            effect = effect_of(self._world, automation, entry, lead, self.here.tasks.open_of_lead(lead.id), self._now)
            if effect.task:
                self.here.tasks.add_once(effect.task)
            self._alert([entry], {entry.id: effect})
            self._store_outside([entry], {entry.id: effect})
        return msgspec.structs.replace(entry, state=_S.DONE, words=_INTERRUPTED)

    def _record(self, plans: Mapping[str, Plan], entries: Sequence[AutomationEntry]) -> None:
        """Records the changes so that they can be undone, under the ids of the entries."""
        for entry in entries:
            if plan := plans.get(entry.lead):
                row = row_of(plan, entry.id, AUTOMATION, self._now, "automation")
                move = row.move or (move_id(entry.id) if "stage" in plan.fields else None)
                self.here.changes.add_once(msgspec.structs.replace(row, id=entry.id, move=move))

    def _store_outside(self, entries: Sequence[AutomationEntry], effects: Mapping[str, Effect]) -> None:
        for entry in entries:
            if effects[entry.id].outside:
                store_effects(self._deps, self._automations[entry.automation], entry, effects[entry.id], self._now)

    def _alert(self, entries: Sequence[AutomationEntry], effects: Mapping[str, Effect]) -> None:
        alerts, leads = [], {}
        for entry in entries:
            effect = effects[entry.id]
            leads[entry.lead] = effect.lead
            alerts += [_alert(entry, effect.lead, rep, text, self._now) for rep, text in effect.notices]
        known = self.here.alerts.by_ids(alert.id for alert in alerts)
        send_reminders(self._deps, self._world.workspace.id, [one for one in alerts if one.id not in known], leads, self._now)


def _ended(entry: AutomationEntry, effect: Effect) -> AutomationEntry:
    words = tuple(effect.words)
    return msgspec.structs.replace(entry, state=_S.DONE if words else _S.UNCHANGED, words=words)


def _without_move(plan: Plan) -> Plan:
    """The plan of a lead whose move was logged before an interruption."""
    return Plan(lead=plan.lead, values=plan.values, fields=plan.fields, task=plan.task)


def _alert(entry: AutomationEntry, lead: Lead, rep: str | None, text: str, now: datetime) -> Alert:
    cause = id_of(entry.id, text)
    return Alert(
        id=id_of(entry.workspace, lead.id, AlertRule.TASK.value, cause),
        workspace=entry.workspace,
        lead=lead.id,
        rep=rep,
        rule=AlertRule.TASK,
        cause=cause,
        episode=id_of(lead.id, cause),
        at=now,
        priority=Priority.LOUD,
        title=reminder_title(text, lead),
        text=f"{entry.reason}.",
        times=Times(event=now, verdict=now, decided=now),
    )
