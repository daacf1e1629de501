"""An automation in words: when it starts, and what it does. Used by console and API."""

from collections.abc import Callable, Mapping

from tracker.actions.automations.effects import target_of, with_days
from tracker.actions.automations.histories import AutomationWorld
from tracker.actions.deps import Deps
from tracker.actions.leads.lists import in_words
from tracker.domain.pipeline.automation import BY_RULES, OF_TEAM, AutomationAction, AutomationContent, AutomationDeed, AutomationTrigger
from tracker.rules.conditions.condition import parsed
from tracker.rules.visibility import Viewer

_T, _D = AutomationTrigger, AutomationDeed
_STARTS: Mapping[AutomationTrigger, str] = {
    _T.CREATED: "A lead is added",
    _T.STAGE: "A lead is moved{to}",
    _T.OPEN: "A lead opens an email",
    _T.CLICK: "A lead clicks a link",
    _T.VIEW: "A lead views a page",
    _T.FORM: "A lead sends a form",
    _T.REPLY: "A lead replies",
    _T.MEETING: "A meeting is logged",
    _T.SENT: "An email{kind} is sent",
    _T.SALE: "A sale is recorded",
    _T.NO_CONTACT: "No contact for {days}",
    _T.QUIET: "No contact and no activity for {days}",
    _T.IN_STAGE: "In the stage{at} for {days}",
    _T.UNCONTACTED: "New for {hours} without contact",
    _T.UNANSWERED: "No response for {hours}",
    _T.HALF_YEAR: "On the first morning of January and July",
    _T.DATE: "{days} {after} {text}",
}


def start_in_words(deps: Deps, viewer: Viewer, world: AutomationWorld, content: AutomationContent) -> str:
    """Such as `No contact for 14 days, and again every 14 days, if Kind of stage is open`."""
    again = f", and again every {content.number:,} days" if content.repeats else ""
    condition = in_words(deps, viewer, parsed(content.condition)) if content.condition else ""
    only = f", if {condition}" if condition not in ("", "Every lead") else ""
    return _start(world, content) + again + only


def _start(world: AutomationWorld, content: AutomationContent) -> str:
    stage = world.workspace.stage_name(content.text)
    number = abs(content.number)
    return _STARTS[content.trigger].format(
        days=f"{number:,} day{'' if number == 1 else 's'}",
        hours=f"{number:,} hour{'' if number == 1 else 's'}",
        to=f" to {stage}" if stage else "",
        at=f" {stage}" if stage else "",
        after="before" if content.number < 0 else "after",
        text=content.text,
        kind=f" of the kind {content.text}" if content.text else "",
    )


def deeds_in_words(world: AutomationWorld, content: AutomationContent) -> str:
    """Such as `Add the tag “nurture”, archive`."""
    words = ", ".join(_DEEDS[action.kind](world, action, content) for action in content.actions)
    return words[:1].upper() + words[1:]


def _who(world: AutomationWorld, to: str) -> str:
    if to in ("", "owner"):
        return "the owner"
    return "an admin" if to == "admin" else world.reps[to].name if to in world.reps else "a former rep"


def _target(world: AutomationWorld, to: str) -> str:
    if to == BY_RULES:
        return "by the assignment rules"
    if to.startswith(OF_TEAM):
        team = next((one.name for one in world.workspace.teams if one.id == to.removeprefix(OF_TEAM)), "")
        return f"to the members of {team} in turn" if team else "to a removed team"
    return f"to {_who(world, to)}"


def _stage(world: AutomationWorld, text: str) -> str:
    found = target_of(world.workspace, text)
    return found.name if found else "a removed stage"


_Said = Callable[[AutomationWorld, AutomationAction, AutomationContent], str]
_DEEDS: Mapping[AutomationDeed, _Said] = {
    _D.TASK: lambda world, one, content: f"add the task “{with_days(one.text, content)}” for {_who(world, one.to)}",
    _D.TAG: lambda _, one, __: f"add the tag “{one.text}”",
    _D.ARCHIVE: lambda *_: "archive",
    _D.MOVE: lambda world, one, _: f"move forward to {_stage(world, one.text)}",
    _D.ASSIGN: lambda world, one, _: f"assign {_target(world, one.to)}, if there is no owner",
    _D.NOTIFY: lambda world, one, content: f"alert {_who(world, one.to)}: “{with_days(one.text, content)}”",
    _D.TEMPLATE: lambda world, one, _: f"email “{world.named.get(one.text, 'a removed template')}” from the owner",
    _D.WEBHOOK: lambda world, one, _: f"tell the webhook {world.named.get(one.text, 'that was removed')}",
    _D.SEQUENCE: lambda world, one, _: f"add to the sequence {world.named.get(one.text, 'that was removed')}",
    _D.FIELD: lambda _, one, __: f"set {one.text} to “{one.value}”",
}
