"""The form of an automation: what can start it, what it can do with which entries, and the content that was sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from tracker.actions.automations.settings import MOST_ACTIONS
from tracker.domain.pipeline.automation import (
    BY_DAYS,
    BY_HOURS,
    BY_RULES,
    OF_TEAM,
    AutomationAction,
    AutomationContent,
    AutomationDeed,
    AutomationTrigger,
)
from tracker.web.console.auth import current_user, workspace_store

_T, _D = AutomationTrigger, AutomationDeed
Options = list[tuple[str, str]]
TRIGGERS = (
    (_T.CREATED.value, "A lead is added"),
    (_T.STAGE.value, "A lead is moved to a stage"),
    (_T.OPEN.value, "A lead opens an email"),
    (_T.CLICK.value, "A lead clicks a link"),
    (_T.VIEW.value, "A lead views a page"),
    (_T.FORM.value, "A lead sends a form"),
    (_T.REPLY.value, "A lead replies"),
    (_T.MEETING.value, "A meeting is logged"),
    (_T.SALE.value, "A sale is recorded"),
    (_T.UNCONTACTED.value, "New for some hours, not contacted"),
    (_T.UNANSWERED.value, "Contacted, no response for some hours"),
    (_T.NO_CONTACT.value, "No contact for some days"),
    (_T.QUIET.value, "No contact and no activity for some days"),
    (_T.IN_STAGE.value, "In a stage for some days"),
    (_T.DATE.value, "Some days before or after a date field"),
)
STAGED = (_T.STAGE, _T.IN_STAGE)
_LONGEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class DeedEntry:
    """One entry of an action: its label, and values to choose from; without, any text."""

    label: str
    options: Callable[[], Options] | None = None
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedForm:
    """What an action is called, and which entries it has."""

    label: str
    text: DeedEntry | None = None
    value: DeedEntry | None = None
    to: DeedEntry | None = None
    number: DeedEntry | None = None

    @property
    def entries(self) -> list[tuple[str, DeedEntry | None]]:
        """By the name of what they fill, in the order of the form."""
        return [("text", self.text), ("value", self.value), ("to", self.to), ("number", self.number)]


def _reps() -> Options:
    return [(rep.id, rep.name) for rep in workspace_store().reps.active()]


def _whom() -> Options:
    return [("owner", "The owner"), ("admin", "An admin"), *_reps()]


def _assignees() -> Options:
    teams = [(f"{OF_TEAM}{team.id}", f"{team.name}, in turn") for team in current_user().workspace.teams]
    return [(BY_RULES, "By the assignment rules"), *teams, *_reps()]


def _targets() -> Options:
    stages = [(stage.id, stage.name) for stage in current_user().workspace.stages if stage.kind != "lost"]
    return [("", "Where leads are qualified"), *stages]


def _fields() -> Options:
    return [(field.name, field.name) for field in current_user().workspace.custom_fields]


def _sequences() -> Options:
    return [(one.id, one.name) for one in workspace_store().sequences.all()]


def _templates() -> Options:
    return [(one.id, one.name) for one in workspace_store().templates.briefs() if not one.is_archived]


def _hooks() -> Options:
    return [(one.id, one.name) for one in workspace_store().hooks.all() if not one.is_ended]


_DAYS = "{days} stands for the number of days."
DEEDS: Mapping[AutomationDeed, DeedForm] = {
    _D.TASK: DeedForm(
        label="Add a task", text=DeedEntry("Task", help=_DAYS), to=DeedEntry("For", _whom), number=DeedEntry("Due after so many days")
    ),
    _D.TAG: DeedForm(label="Add a tag", text=DeedEntry("Tag")),
    _D.MOVE: DeedForm(label="Move forward", text=DeedEntry("To the stage", _targets)),
    _D.ASSIGN: DeedForm(label="Assign, if there is no owner", to=DeedEntry("To", _assignees)),
    _D.NOTIFY: DeedForm(label="Alert", text=DeedEntry("Alert", help=_DAYS), to=DeedEntry("For", _whom)),
    _D.FIELD: DeedForm(label="Set a custom field", text=DeedEntry("Field", _fields), value=DeedEntry("To")),
    _D.SEQUENCE: DeedForm(label="Add to a sequence", text=DeedEntry("Sequence", _sequences)),
    _D.TEMPLATE: DeedForm(label="Email from the owner", text=DeedEntry("Template", _templates)),
    _D.WEBHOOK: DeedForm(label="Tell a webhook", text=DeedEntry("Webhook", _hooks)),
    _D.ARCHIVE: DeedForm(label="Archive"),
}
"""In the order of the menu."""


@dataclass(frozen=True, slots=True)
class DeedInput:
    """An entry of one row: `name` is that of its input; without a label it only keeps the rows together."""

    name: str
    label: str
    value: str
    options: Options | None
    help: str


@dataclass(frozen=True, slots=True)
class ShownDeed:
    """One action as the form has it."""

    kind: str
    label: str
    entries: list[DeedInput]

    @property
    def is_complete(self) -> bool:
        """Whether everything about it can be changed here."""
        return bool(self.label)


def shown_deed(action: AutomationAction) -> ShownDeed:
    """An action with its entries; those of an action that the form does not know are kept as they are."""
    form, given = DEEDS.get(action.kind), {"text": action.text, "value": action.value, "to": action.to, "number": str(action.number)}
    entries = form.entries if form else [(name, None) for name in given]
    return ShownDeed(action.kind.value, form.label if form else "", [_entry(name, entry, given[name]) for name, entry in entries])


def _entry(name: str, entry: DeedEntry | None, value: str) -> DeedInput:
    options = entry.options() if entry and entry.options else None
    if options is not None and value not in {key for key, _ in options} and value:
        options = [(value, "A removed one"), *options]
    return DeedInput(f"a-{name}", entry.label if entry else "", value, options, entry.help if entry else "")


def deed_options(content: AutomationContent) -> Options:
    """The actions that can be added: each once, except tags."""
    known = {action.kind for action in content.actions} - {_D.TAG}
    is_full = len(content.actions) >= MOST_ACTIONS
    return [] if is_full else [(kind.value, form.label) for kind, form in DEEDS.items() if kind not in known]


def content_of(form: MultiDict[str, str], condition: dict[str, Any]) -> AutomationContent:
    """The content that was sent; actions.automations.settings checks it."""
    trigger = AutomationTrigger(form["trigger"]) if form.get("trigger") in dict(TRIGGERS) else _T.CREATED
    return AutomationContent(
        trigger=trigger,
        number=number_of(form.get("number" if trigger in BY_DAYS else "hours", "")) if trigger in BY_DAYS | BY_HOURS else 0,
        text=form.get("stage", "") if trigger in STAGED else form.get("field", "") if trigger is _T.DATE else "",
        repeats=bool(form.get("repeats")),
        condition=condition,
        actions=_actions(form),
    )


def number_of(text: str) -> int:
    """A number of the form; 0 where it is none, which the check refuses where one is needed."""
    digits = text.strip().removeprefix("-").removeprefix("−")
    if len(digits) > _LONGEST_NUMBER or not (digits.isascii() and digits.isdigit()):
        return 0
    return int(digits) if text.strip()[0].isdigit() else -int(digits)


def _actions(form: MultiDict[str, str]) -> tuple[AutomationAction, ...]:
    names = ("a-kind", "a-text", "a-value", "a-to", "a-number")
    rows = list(zip(*(form.getlist(name) for name in names), strict=False))
    gone = form.get("drop_action", "")
    kept = [row for number, row in enumerate(rows) if str(number) != gone and row[0] in tuple(_D)][:MOST_ACTIONS]
    found = [AutomationAction(kind=_D(kind), text=text, value=value, to=to, number=number_of(days)) for kind, text, value, to, days in kept]
    if form.get("add_action") and form.get("new_action") in tuple(_D) and len(found) < MOST_ACTIONS:
        found.append(AutomationAction(kind=_D(form["new_action"])))
    return tuple(found)
