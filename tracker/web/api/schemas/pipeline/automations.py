"""Schemas of automations, their preview and their log."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from tracker.actions.automations.outside_log import OutsideState
from tracker.actions.automations.preview import MOST_DAYS, AutomationPreview
from tracker.domain.pipeline.automation import Automation, AutomationContent, AutomationEntry
from tracker.web.api.schemas.base import In, Line, Moment, Out, Paged, Version

StartsBy = Literal[
    "created",
    "stage",
    "open",
    "click",
    "view",
    "form",
    "reply",
    "meeting",
    "sale",
    "no_contact",
    "quiet",
    "in_stage",
    "date",
    "uncontacted",
    "unanswered",
]
_Name = Annotated[str, Field(max_length=80, examples=["Welcome"])]
_Number = Annotated[
    int,
    Field(
        ge=-366,
        le=3650,
        description="Days, for no_contact, quiet, in_stage and date (negative: before it); hours, for uncontacted and unanswered",
    ),
]
_TEXT = "stage, in_stage: a stage, or empty for any; date: the name of a custom field"
_CONDITION = "On the lead (docs/conditions.md); empty: every lead"
_REPEATS = "Whether it starts again every `number` days: no_contact, quiet, in_stage"


class DeedIn(In):
    """One action."""

    kind: Literal["task", "tag", "archive", "move", "assign", "notify", "field", "template", "webhook", "sequence"]
    text: Annotated[str, Field(max_length=500)] = Field(
        "", description="task, notify: what it says, `{days}` for the number; tag; move: a stage, empty: where leads are qualified; field"
    )
    value: Annotated[str, Field(max_length=200)] = Field("", description="Of a field")
    to: Line = Field(
        "", description="task, notify: owner, admin or a rep's id; assign: a rep's id, team:ID (its members in turn), or rules"
    )
    number: Annotated[int, Field(ge=0, le=365)] = Field(0, description="task: due after so many days")


class AutomationIn(In):
    """A new automation."""

    name: _Name
    trigger: StartsBy
    number: _Number = 0
    text: Line = Field("", description=_TEXT)
    repeats: bool = Field(False, description=_REPEATS)
    condition: dict[str, Any] = Field(default_factory=dict, description=_CONDITION, examples=[{"field": "stage_kind", "is": "open"}])
    actions: list[DeedIn] = Field(max_length=5, min_length=1)
    on: bool = False

    def value(self) -> AutomationContent:
        """The content of the automation."""
        return _content(self.model_dump())


class AutomationPreviewIn(AutomationIn):
    """An automation that is tried on what is stored, and not saved."""

    name: _Name = "Preview"
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 30


class AutomationChange(In):
    """Changes of an automation; of a ready-made one, `number` and `on`."""

    name: _Name | None = None
    trigger: StartsBy | None = None
    number: _Number | None = None
    text: Line | None = None
    repeats: bool | None = None
    condition: dict[str, Any] | None = None
    actions: list[DeedIn] | None = Field(None, max_length=5, min_length=1)
    on: bool | None = None
    version: Version | None = None


class DeedOut(Out):
    """One action."""

    kind: str
    text: str
    value: str
    to: str
    number: int


class AutomationOut(Out):
    """An automation."""

    id: str = Field(description="Of a ready-made one: its name, such as `stale`")
    name: str
    ready_made: bool
    on: bool
    since: Moment | None = Field(description="When it was switched on; what happened before is left alone")
    trigger: str
    number: int
    text: str
    repeats: bool
    condition: dict[str, Any]
    actions: list[DeedOut]
    starts: str = Field(description="When it starts, in words")
    does: str = Field(description="What it does, in words")
    parked: str = Field(description="Why it was stopped after it failed three times; empty: it was not")
    version: int


class AutomationStartOut(Out):
    """One time at which it would have acted."""

    lead: str
    lead_name: str
    at: Moment
    reason: str


class AutomationPreviewOut(Out):
    """What it would have done."""

    days: int
    count: int
    does: str
    starts: list[AutomationStartOut] = Field(description="The newest 100")
    partial: bool = Field(description="There are more leads than a preview looks at")


class AutomationLogQuery(Paged):
    """A page of the log."""

    automation: str | None = Field(None, max_length=40)
    lead: str | None = Field(None, max_length=40)


class OutsideOut(Out):
    """What an entry does outside: an email, an event for a webhook, or a sequence."""

    kind: str
    state: str = Field(description="waiting (until its cause is certain), done, stopped or failed (a person may send it again)")
    reason: str
    record: str = Field(description="Of an email: the message, also while it does not exist yet")


class AutomationEntryOut(Out):
    """What an automation did with a lead."""

    id: str
    automation: str
    lead: str
    started_at: Moment = Field(description="When the cause occurred")
    at: Moment = Field(description="When it acted")
    state: str = Field(description="planned, done, unchanged, refused or undone")
    reason: str
    words: list[str]
    outside: list[OutsideOut]


def merged(automation: Automation, given: dict[str, Any]) -> AutomationContent:
    """The content with the given changes."""
    return _content(msgspec.to_builtins(automation.content) | given)


def _content(values: dict[str, Any]) -> AutomationContent:
    return msgspec.convert(
        {name: value for name, value in values.items() if name in AutomationContent.__struct_fields__}, AutomationContent
    )


def automation_out(automation: Automation, starts: str, does: str) -> AutomationOut:
    """The automation as a response."""
    content = automation.content
    return AutomationOut.model_construct(
        id=automation.id,
        name=automation.name,
        ready_made=automation.is_shipped,
        on=automation.is_on,
        since=automation.since if automation.is_on else None,
        trigger=content.trigger.value,
        number=content.number,
        text=content.text,
        repeats=content.repeats,
        condition=content.condition,
        actions=[DeedOut(kind=a.kind.value, text=a.text, value=a.value, to=a.to, number=a.number) for a in content.actions],
        starts=starts,
        does=does,
        parked=automation.parked_reason if automation.parked_at else "",
        version=automation.version,
    )


def automation_preview_out(found: AutomationPreview) -> AutomationPreviewOut:
    """The preview as a response."""
    return AutomationPreviewOut.model_construct(
        days=found.days,
        count=len(found.starts),
        does=found.words,
        starts=[
            AutomationStartOut.model_construct(lead=one.lead.id, lead_name=one.lead.name, at=one.at, reason=one.reason)
            for one in found.starts[:100]
        ],
        partial=found.is_partial,
    )


def entry_out(entry: AutomationEntry, outside: Iterable[OutsideState] = ()) -> AutomationEntryOut:
    """An entry of the log as a response."""
    return AutomationEntryOut.model_construct(
        id=entry.id,
        automation=entry.automation,
        lead=entry.lead,
        started_at=entry.started_at,
        at=entry.at,
        state=entry.state.value,
        reason=entry.reason,
        words=list(entry.words),
        outside=[
            OutsideOut.model_construct(kind=one.effect.kind.value, state=one.state, reason=one.reason, record=one.effect.id)
            for one in outside
        ],
    )
