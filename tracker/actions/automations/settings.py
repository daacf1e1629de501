"""Automations as admins set them: switched on and off, their numbers, and own ones. Used by console and API."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.automations.stopped import alarm_of
from tracker.actions.deps import Deps
from tracker.actions.leads.lists import with_ids
from tracker.actions.mail.templates import usable_template
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import new_id
from tracker.domain.pipeline.automation import (
    BY_RULES,
    OF_TEAM,
    Automation,
    AutomationAction,
    AutomationContent,
    AutomationDeed,
    AutomationTrigger,
)
from tracker.domain.workspace.stage import StageRuleSwitch
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.automations.shipped import SHIPPED, unchanged, with_shipped
from tracker.rules.conditions.condition import parsed, plain, terms_of, texts_of_value
from tracker.rules.conditions.lower import ME

MOST_AUTOMATIONS = 50
MOST_ACTIONS = 5
_T, _D = AutomationTrigger, AutomationDeed
_RANGES = {_T.NO_CONTACT: (1, 3650), _T.QUIET: (1, 3650), _T.IN_STAGE: (1, 3650), _T.DATE: (-366, 3650)}
_RANGES |= {_T.UNCONTACTED: (1, 720), _T.UNANSWERED: (1, 720)}
_REPEATING = (_T.NO_CONTACT, _T.QUIET, _T.IN_STAGE)
_LEAST_REPEAT = 7
_MOST_DAYS_LATER = 365
_LONGEST = 500


def automations_of(deps: Deps, workspace: str) -> list[Automation]:
    """The shipped ones, then the workspace's own."""
    return with_shipped(deps.store.of(workspace).automations.all(), workspace)


def automation_of(deps: Deps, workspace: str, key: str) -> Automation:
    """One of them. Raises NotFound."""
    found = next((one for one in automations_of(deps, workspace) if one.id == key), None)
    if found is None:
        raise NotFound("no such automation")
    return found


def add_automation(deps: Deps, workspace: Workspace, *, name: str, content: AutomationContent, is_on: bool = False) -> Automation:
    """Adds an automation of the workspace. Raises Invalid; Conflict beyond `MOST_AUTOMATIONS`."""
    here, now = deps.store.of(workspace.id).automations, deps.now()
    made = Automation(
        id=new_id(),
        workspace=workspace.id,
        name=checks.line("name", name, longest=80),
        content=checked_content(deps, workspace, content),
        since=now if is_on else None,
        created_at=now,
        updated_at=now,
    )
    if sum(not one.is_shipped for one in here.all()) >= MOST_AUTOMATIONS:
        raise Conflict(f"there are {MOST_AUTOMATIONS} automations already; remove some of them first")
    return here.add(made)


def change_automation(
    deps: Deps,
    workspace: Workspace,
    key: str,
    *,
    version: int | None = None,
    name: str | None = None,
    is_on: bool | None = None,
    content: AutomationContent | None = None,
) -> Automation:
    """Switches or changes it; what it does then counts for what happens from now on. Of a shipped one, only the number changes.

    Raises NotFound, Invalid, Conflict.
    """
    here, now = deps.store.of(workspace.id).automations, deps.now()
    known = automation_of(deps, workspace.id, key)
    values: dict[str, Any] = {}
    if name is not None and name != known.name:
        if known.is_shipped:
            raise Invalid("name", "cannot be changed for a ready-made automation")
        values["name"] = checks.line("name", name, longest=80)
    if content is not None and content != known.content:
        if known.is_shipped and msgspec.structs.replace(content, number=known.content.number) != known.content:
            raise Invalid("number", "is all that can be changed of a ready-made automation")
        values["content"] = checked_content(deps, workspace, content)
    on = known.is_on if is_on is None else is_on
    if on != known.is_on or (on and "content" in values):
        values |= {"since": now if on else None, "checked_until": None, "failures": 0, "parked_at": None, "parked_reason": ""}
        deps.store.alarms.remove(alarm_of(known))
    if on != known.is_on and known.content.trigger is _T.SENT:
        _switch_stage_rule(deps, workspace.id, key, is_on=on)
    if known.is_shipped and here.find(key) is None:
        checks.version(0, version)
        here.add_once(msgspec.structs.replace(unchanged(key, workspace.id), created_at=now, updated_at=now))
    return automation_after(here.change(key, version=version, updated_at=now, **values))


def _switch_stage_rule(deps: Deps, workspace: str, rule: str, *, is_on: bool) -> None:
    """Workers decide stages from the whole log each time, so every switch is kept with its moment."""
    switches = deps.store.workspaces.get(workspace).stage_rule_switches
    new = StageRuleSwitch(deps.now(), is_on)
    deps.store.workspaces.change(workspace, stage_rule_switches={**switches, rule: (*switches.get(rule, ()), new)})


def automation_after(stored: Automation) -> Automation:
    """A stored automation as `automations_of` has it."""
    return next(one for one in with_shipped([stored], stored.workspace) if one.id == stored.id)


def remove_automation(deps: Deps, workspace: str, key: str) -> Automation:
    """Removes an automation of the workspace; its log stays. Raises NotFound, Conflict for a shipped one."""
    if key in SHIPPED:
        raise Conflict("a ready-made automation is switched off, not removed")
    here = deps.store.of(workspace).automations
    old = here.get(key)
    here.remove(key)
    deps.store.alarms.remove(alarm_of(old))
    return old


def checked_content(deps: Deps, workspace: Workspace, content: AutomationContent) -> AutomationContent:
    """The content as it is stored, without what its trigger does not use. Raises Invalid."""
    trigger = content.trigger
    low, high = _RANGES.get(trigger, (0, 0))
    if trigger in _RANGES and not low <= content.number <= high:
        raise Invalid("number", f"must be from {low} to {high:,}")
    repeats = content.repeats and trigger in _REPEATING
    if repeats and content.number < _LEAST_REPEAT:
        raise Invalid("number", f"must be at least {_LEAST_REPEAT} where the automation repeats")
    if not 1 <= len(content.actions) <= MOST_ACTIONS:
        raise Invalid("actions", f"must be 1 to {MOST_ACTIONS}")
    if len({action.kind for action in content.actions if action.kind is not _D.TAG}) < sum(a.kind is not _D.TAG for a in content.actions):
        raise Invalid("actions", "must have each kind once; only tags may be several")
    return AutomationContent(
        trigger=trigger,
        number=content.number if trigger in _RANGES else 0,
        text=_text(workspace, content),
        repeats=repeats,
        condition=_condition(deps, workspace, content.condition),
        actions=tuple(_CHECKS[action.kind](deps, workspace, action) for action in content.actions),
    )


def _text(workspace: Workspace, content: AutomationContent) -> str:
    if content.trigger in (_T.STAGE, _T.IN_STAGE) and content.text.strip():
        found = workspace.stage_named(content.text)
        if found is None:
            raise Invalid("text", "must be a stage of this workspace, or empty for any")
        return found.id
    if content.trigger is _T.DATE:
        return _field(workspace, "text", content.text)
    return ""


def _condition(deps: Deps, workspace: Workspace, given: Mapping[str, Any]) -> dict[str, Any]:
    if not given:
        return {}
    found = parsed(given)
    if any(term.field == "owner" and ME in texts_of_value(term.value) for term in terms_of(found)):
        raise Invalid("condition", "must not say “me”: an automation is for the whole workspace")
    return plain(with_ids(deps, workspace, found))


def _field(workspace: Workspace, path: str, text: str) -> str:
    found = workspace.custom_field(text)
    if found is None:
        raise Invalid(path, "must be the name of a custom field")
    return found.name


def _to(deps: Deps, workspace: Workspace, to: str, *, is_rep: bool = False) -> str:
    if not is_rep and to in ("", "owner", "admin"):
        return "" if to == "owner" else to
    if to not in {rep.id for rep in deps.store.of(workspace.id).reps.active()}:
        raise Invalid("actions", "`to` must be the id of a rep" + (", a team, or rules" if is_rep else ", owner or admin"))
    return to


def _task(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    if not 0 <= action.number <= _MOST_DAYS_LATER:
        raise Invalid("actions", f"a task is due after 0 to {_MOST_DAYS_LATER} days")
    text = checks.line("actions", action.text, longest=_LONGEST)
    return AutomationAction(kind=action.kind, text=text, to=_to(deps, workspace, action.to), number=action.number)


def _tag(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    del deps, workspace
    return AutomationAction(kind=action.kind, text=checks.tags("actions", (action.text,))[0])


def _archive(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    del deps, workspace
    return AutomationAction(kind=action.kind)


def _move(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    del deps
    found = workspace.stage_named(action.text) if action.text else None
    if action.text and (found is None or found.kind == "lost"):
        raise Invalid("actions", "a move needs a stage of this workspace that is not lost")
    return AutomationAction(kind=action.kind, text=found.id if found else "")


def _assign(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    if action.to == BY_RULES or action.to in {f"{OF_TEAM}{team.id}" for team in workspace.teams}:
        return AutomationAction(kind=action.kind, to=action.to)
    return AutomationAction(kind=action.kind, to=_to(deps, workspace, action.to, is_rep=True))


def _notify(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    text = checks.line("actions", action.text)
    return AutomationAction(kind=action.kind, text=text, to=_to(deps, workspace, action.to))


def _set_field(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    del deps
    value = checks.line("actions", action.value)
    return AutomationAction(kind=action.kind, text=_field(workspace, "actions", action.text), value=value)


def _outside(deps: Deps, workspace: Workspace, action: AutomationAction) -> AutomationAction:
    here = deps.store.of(workspace.id)
    if action.kind is _D.TEMPLATE:
        usable_template(deps, workspace.id, action.text)
    elif (here.hooks if action.kind is _D.WEBHOOK else here.sequences).find(action.text) is None:
        raise Invalid("actions", f"`text` must be the id of a {action.kind.value}")
    return AutomationAction(kind=action.kind, text=action.text)


_CHECKS: Mapping[AutomationDeed, Callable[[Deps, Workspace, AutomationAction], AutomationAction]] = {
    _D.TASK: _task,
    _D.TAG: _tag,
    _D.ARCHIVE: _archive,
    _D.MOVE: _move,
    _D.ASSIGN: _assign,
    _D.NOTIFY: _notify,
    _D.FIELD: _set_field,
    **dict.fromkeys((_D.TEMPLATE, _D.WEBHOOK, _D.SEQUENCE), _outside),
}
