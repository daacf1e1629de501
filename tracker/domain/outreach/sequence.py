"""The follow-up sequence: emails and tasks for one lead after another, each after some time or after what the lead did."""

from datetime import datetime
from enum import StrEnum

import msgspec


class StepKind(StrEnum):
    """What a step does. Values are stored and part of the API."""

    EMAIL = "email"
    TASK = "task"


class StepUnit(StrEnum):
    """What the wait of a step is counted in: working days, or working hours, of the owner."""

    DAYS = "days"
    HOURS = "hours"


class StepTest(StrEnum):
    """What must hold for a step. A response ends the whole sequence, so no step needs to ask for its absence."""

    ALWAYS = "always"
    NOT_OPENED = "not_opened"
    """The last email of the sequence carried a pixel, and was not opened within the wait."""
    CLICKED = "clicked"
    """A link of the last email is clicked within the wait; the step follows at once."""
    VIEWED = "viewed"
    """The page `page` is viewed within the wait; the step follows at once."""


AT_ONCE = frozenset({StepTest.CLICKED, StepTest.VIEWED})
"""Tests that do not wait to the end."""


class SequenceStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step. Its id stays when the sequence is changed, so that no lead gets it twice."""

    id: str
    kind: StepKind
    template: str = ""
    """Of an email."""
    text: str = ""
    """Of a task."""
    after: int = 0
    """How long after the step before it, or after the lead was added."""
    unit: StepUnit = StepUnit.DAYS
    test: StepTest = StepTest.ALWAYS
    page: str = ""
    """Of `viewed`: a path such as `/pricing`, with all below it."""
    is_answer: bool = False
    """Whether an email continues the conversation of the first one."""


class Sequence(msgspec.Struct, frozen=True, kw_only=True):
    """One sequence of a workspace."""

    id: str
    workspace: str
    name: str
    steps: tuple[SequenceStep, ...]
    stop_stages: tuple[str, ...] = ()
    """A lead in one of these stages is taken out, besides won and lost ones."""
    is_on: bool = True
    """Whether steps are carried out; switched off, all leads wait."""
    rep: str | None = None
    """Who made it; None for a program."""
    created_at: datetime
    updated_at: datetime
    version: int = 0


class EnrolmentState(StrEnum):
    """Where a lead of a sequence is. Values are stored and part of the API."""

    ACTIVE = "active"
    PARKED = "parked"
    """A step was interrupted or refused, and a person decides how to go on."""
    STOPPED = "stopped"
    FINISHED = "finished"


OPEN_ENROLMENTS = (EnrolmentState.ACTIVE, EnrolmentState.PARKED)


class StepState(StrEnum):
    """How far a step is for one lead."""

    BEGUN = "begun"
    """Written before anything is sent; an interrupted one is completed, which stores nothing twice."""
    DONE = "done"
    SKIPPED = "skipped"
    """Its test did not hold; `reason` says how."""


class StepRun(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it was carried out for one lead."""

    state: StepState
    at: datetime
    reason: str = ""
    record: str = ""
    """The message or the task."""
    of: str = ""
    """The enrolment that it is taken from, of a lead that was merged with this one."""


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """One lead in one sequence; the id follows from both, and `steps` keeps what was done when the lead is added again."""

    id: str
    workspace: str
    sequence: str
    lead: str
    rep: str | None = None
    """Who added the lead; None: a program or an automation."""
    cause: str = ""
    """The entry of the automation log that added it."""
    state: EnrolmentState = EnrolmentState.ACTIVE
    reason: str = ""
    """Why it was stopped or parked."""
    untold_since: datetime | None = None
    """When it was parked, until someone was told."""
    enrolled_at: datetime
    """A response after it ends the sequence."""
    counted_from: datetime
    """When the last step was carried out, or the lead added: the next wait counts from it."""
    due_at: datetime | None = None
    """When the lead is looked at next; empty unless it is active, or ended because of a merge, which may be taken back."""
    steps: dict[str, StepRun] = {}
    ended_at: datetime | None = None
    version: int = 0

    @property
    def is_held(self) -> bool:
        """Whether it ended because of a merge, and goes on if that is taken back."""
        return self.state not in OPEN_ENROLMENTS and self.due_at is not None
