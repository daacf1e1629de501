"""What an automation does with one lead: planned from what is stored, with ids that follow from the entry of the log."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.automations.histories import AutomationWorld
from tracker.actions.changes.plans import Plan
from tracker.actions.changes.values import differences
from tracker.actions.leads.custom_values import checked_fields
from tracker.actions.pipeline.required_fields import check_required
from tracker.base.ids import id_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.leads.qualification import as_customer
from tracker.domain.pipeline.automation import (
    AUTOMATION,
    BY_DAYS,
    BY_RULES,
    OF_TEAM,
    Automation,
    AutomationAction,
    AutomationContent,
    AutomationDeed,
    AutomationEntry,
)
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.task import Task
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace

_D = AutomationDeed


@dataclass(slots=True)
class Effect:
    """What to change, whom to alert, and both in words."""

    lead: Lead
    values: dict[str, Any] = field(default_factory=dict)
    move: Move | None = None
    task: Task | None = None
    notices: list[tuple[str | None, str]] = field(default_factory=list)
    """The rep (None: the team) and the text of each alert."""
    outside: list[AutomationAction] = field(default_factory=list)
    """What is done once the cause is certain (actions.automations.outside)."""
    words: list[str] = field(default_factory=list)

    def plan(self, entry: str) -> Plan | None:
        """The change of the lead; None for none."""
        if not self.values and self.task is None:
            return None
        names = [name for name in self.values if name not in ("stage_since", "lost_reason", "owner_since")]
        fields = differences(self.lead, msgspec.structs.replace(self.lead, **self.values), names)
        values = self.values | {"last_automation": entry}
        return Plan(lead=self.lead, values=values, fields=fields, move=self.move, task=(None, self.task) if self.task else None)


@dataclass(frozen=True, slots=True)
class _EntryWork:
    """One entry being planned."""

    world: AutomationWorld
    automation: Automation
    entry: AutomationEntry
    open_tasks: Sequence[Task]
    now: datetime

    def rep(self, to: str, lead: Lead) -> str | None:
        """Who `to` is: the owner, the first admin, or an active rep."""
        found = lead.owner if to in ("", "owner") else self.world.admin if to == "admin" else to
        return found if found in self.world.reps else None


def effect_of(
    world: AutomationWorld, automation: Automation, entry: AutomationEntry, lead: Lead, open_tasks: Sequence[Task], now: datetime
) -> Effect:
    """The effect on the lead as it is now. Raises Invalid for what this lead does not allow, such as a move without a required field."""
    work, effect = _EntryWork(world, automation, entry, open_tasks, now), Effect(lead)
    for action in automation.content.actions:
        _DEEDS[action.kind](work, action, effect)
    return effect


def entry_id(automation: Automation, lead: str, cause: str) -> str:
    """The id of what an automation does with a lead for one cause."""
    return id_of(automation.workspace, automation.id, lead, cause)


def effect_id(entry: str, kind: AutomationDeed) -> str:
    """The id of what an entry does outside."""
    return id_of(entry, kind.value)


def task_id(entry: str) -> str:
    """The id of the task that an entry adds."""
    return id_of(entry, "task")


def move_id(entry: str) -> str:
    """The id of the move that an entry logs."""
    return id_of(entry, "move")


def target_of(workspace: Workspace, text: str) -> Stage | None:
    """The stage of a move; an empty text is the one in which leads are qualified."""
    return workspace.stage(text) if text else next((stage for stage in workspace.stages if stage.is_qualified), None)


def with_days(text: str, content: AutomationContent) -> str:
    """The text with the number of days or hours in place of `{days}` or `{hours}`."""
    return text.replace("{days}", f"{content.number:,}").replace("{hours}", f"{content.number:,}")


def _add_task(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    text = with_days(action.text, work.automation.content)
    if any(task.text == text and task.id != task_id(work.entry.id) for task in work.open_tasks):
        return
    start = work.entry.started_at if work.automation.content.trigger in BY_DAYS else work.now
    task = Task(
        id=task_id(work.entry.id),
        workspace=effect.lead.workspace,
        lead=effect.lead.id,
        text=text,
        due=start + timedelta(days=action.number),
        rep=work.rep(action.to, effect.lead),
        created_at=work.now,
    )
    first = min((one for one in (*work.open_tasks, task) if one.due), key=lambda one: (one.due, one.id))
    effect.task = task
    effect.values["next_action"] = NextAction(first.text, first.due)
    effect.words.append(f"Added the task “{text}”")


def _add_tag(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    del work
    if action.text.casefold() not in {tag.casefold() for tag in effect.lead.tags}:
        effect.values["tags"] = checks.tags("tags", (*effect.values.get("tags", effect.lead.tags), action.text))
        effect.words.append(f"Added the tag “{action.text}”")


def _archive(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    del action
    effect.values["archived_at"] = work.now
    effect.words.append("Archived")


def _move(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    workspace, lead = work.world.workspace, effect.lead
    target, present = target_of(workspace, action.text), workspace.stage(lead.stage)
    if target is None or present is None or present.kind != "open" or workspace.stage_index(target.id) <= workspace.stage_index(lead.stage):
        return
    check_required(workspace, target, lead.fields)
    effect.move = Move(
        id=move_id(work.entry.id),
        workspace=lead.workspace,
        lead=lead.id,
        before=lead.stage,
        stage=target.id,
        at=work.now,
        actor=AUTOMATION,
        reason=work.automation.name,
    )
    effect.values |= {"stage": target.id, "stage_since": work.now, "lost_reason": None}
    if target.kind == "won":
        effect.values["categories"] = as_customer(lead.categories)
    effect.words.append(f"Moved to {target.name}")


def _assign(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    if effect.lead.owner is not None:
        return
    rep = work.world.reps.get(_chosen(work, action, effect.lead) or "")
    if rep is not None:
        effect.values |= {"owner": rep.id, "owner_since": work.now}
        effect.words.append(f"Assigned to {rep.name}")


def _chosen(work: _EntryWork, action: AutomationAction, lead: Lead) -> str | None:
    if action.to == BY_RULES:
        return work.world.assigner.next_by_rules(lead)
    if action.to.startswith(OF_TEAM):
        return work.world.assigner.next_of_team(action.to.removeprefix(OF_TEAM))
    return action.to


def _notify(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    rep = work.rep(action.to, effect.lead)
    effect.notices.append((rep, with_days(action.text, work.automation.content)))
    effect.words.append(f"Alerted {work.world.reps[rep].name if rep else 'the team'}")


def _set_field(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    fields = dict(effect.values.get("fields", effect.lead.fields))
    given = checked_fields(work.world.workspace, fields | {action.text: action.value}, effect.lead.fields)
    if given != fields:
        effect.values["fields"] = given
        effect.words.append(f"Set {action.text} to “{action.value}”")


def _outside(work: _EntryWork, action: AutomationAction, effect: Effect) -> None:
    effect.outside.append(action)
    effect.words.append(_PLANNED[action.kind].format(work.world.named.get(action.text, "a removed one")))


_PLANNED = {_D.TEMPLATE: "Planned the email “{}”", _D.WEBHOOK: "Planned to tell the webhook {}", _D.SEQUENCE: "Planned the sequence {}"}
_DEEDS: Mapping[AutomationDeed, Callable[[_EntryWork, AutomationAction, Effect], None]] = {
    _D.TASK: _add_task,
    _D.TAG: _add_tag,
    _D.ARCHIVE: _archive,
    _D.MOVE: _move,
    _D.ASSIGN: _assign,
    _D.NOTIFY: _notify,
    _D.FIELD: _set_field,
    **dict.fromkeys(_PLANNED, _outside),
}
