"""Schemas of follow-up sequences and the leads in them."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from pydantic import Field

from tracker.actions.outreach.enrolments import MOST_AT_ONCE
from tracker.actions.outreach.sequences import LONGEST_WAIT, MOST_STEPS
from tracker.domain.outreach.sequence import Enrolment, Sequence, SequenceStep
from tracker.web.api.schemas.base import Id, In, Line, Moment, Out, Version

_Name = Annotated[str, Field(max_length=80, examples=["After the fair"])]
_STOPS = "Stages, by name or id, that end it for a lead, besides won and lost ones"


class SequenceStepIn(In):
    """One step of a sequence."""

    id: Line = Field("", description="Of a step that stays; empty for a new one")
    kind: Literal["email", "task"]
    template: Line = Field("", description="email: a template")
    text: Line = Field("", description="task: what to do")
    after: Annotated[int, Field(ge=0, le=LONGEST_WAIT)] = Field(
        0, description="How long after the step before it, or after the lead was added"
    )
    unit: Literal["days", "hours"] = Field("days", description="Working days or working hours")
    test: Literal["always", "not_opened", "clicked", "viewed"] = Field("always", description="docs/sequences.md")
    page: Line = Field("", description="viewed: a path such as /pricing")
    answers_first: bool = Field(False, description="email: whether it continues the conversation of the first one")

    def value(self) -> SequenceStep:
        """The step as it is checked."""
        values = self.model_dump() | {"is_answer": self.answers_first}
        values.pop("answers_first")
        return msgspec.convert(values, SequenceStep)


class SequenceIn(In):
    """A new sequence."""

    name: _Name
    steps: list[SequenceStepIn] = Field(min_length=1, max_length=MOST_STEPS)
    stop_stages: list[Line] = Field(default_factory=list, max_length=50, description=_STOPS)


class SequenceChange(In):
    """Changes of a sequence, which also count for leads that are in it."""

    name: _Name | None = None
    steps: list[SequenceStepIn] | None = Field(None, min_length=1, max_length=MOST_STEPS)
    stop_stages: list[Line] | None = Field(None, max_length=50, description=_STOPS)
    on: bool | None = Field(None, description="false: all leads wait")
    version: Version | None = None


class SequenceStepOut(Out):
    """One step."""

    id: str
    kind: str
    template: str
    text: str
    after: int
    unit: str
    test: str
    page: str
    answers_first: bool


class SequenceOut(Out):
    """A sequence."""

    id: str
    name: str
    on: bool
    steps: list[SequenceStepOut]
    stop_stages: list[str] = Field(description="Ids")
    leads: dict[str, int] = Field(description="How many leads are active, parked, stopped and finished, of all that were added")
    version: int


class EnrolIn(In):
    """Leads to add."""

    leads: list[Id] = Field(min_length=1, max_length=MOST_AT_ONCE)


class EnrolResult(Out):
    """What became of one lead."""

    lead: str
    added: bool
    reason: str = Field(description="Why it was not added")


class EnrolOut(Out):
    """What became of each lead, in the order given."""

    added: int
    results: list[EnrolResult]


class EnrolmentChange(In):
    """What a person decides about a lead in a sequence."""

    action: Literal["stop", "retry", "go_on"] = Field(
        description="stop: nothing more is sent; of a parked one, retry: send the email again, go_on: leave the step out"
    )


class StepRunOut(Out):
    """A step that the lead had."""

    step: str
    state: str = Field(description="begun, done or skipped")
    at: Moment
    reason: str
    record: str = Field(description="The message or task")


class EnrolmentOut(Out):
    """A lead in a sequence."""

    id: str
    sequence: str
    lead: str
    state: str = Field(description="active, parked (a person decides), stopped or finished")
    reason: str = Field(description="Why it was stopped or parked")
    enrolled_at: Moment
    enrolled_by: str | None = Field(description="A rep; null: a program or an automation")
    due_at: Moment | None = Field(description="When the lead is looked at next")
    steps: list[StepRunOut]


def sequence_out(found: Sequence, counts: Mapping[str, int]) -> SequenceOut:
    """The sequence as a response."""
    return SequenceOut.model_construct(
        id=found.id,
        name=found.name,
        on=found.is_on,
        steps=[
            SequenceStepOut.model_construct(
                **{name: getattr(step, name) for name in SequenceStepOut.model_fields if name != "answers_first"},
                answers_first=step.is_answer,
            )
            for step in found.steps
        ],
        stop_stages=list(found.stop_stages),
        leads=dict(counts),
        version=found.version,
    )


def enrolment_out(found: Enrolment) -> EnrolmentOut:
    """The lead in the sequence as a response."""
    runs = sorted(found.steps.items(), key=lambda pair: pair[1].at)
    return EnrolmentOut.model_construct(
        **{name: getattr(found, name) for name in ("id", "sequence", "lead", "reason", "enrolled_at")},
        due_at=None if found.is_held else found.due_at,
        state=found.state.value,
        enrolled_by=found.rep,
        steps=[
            StepRunOut.model_construct(step=key, state=run.state.value, at=run.at, reason=run.reason, record=run.record)
            for key, run in runs
        ],
    )


def enrol_out(results: Mapping[str, str]) -> EnrolOut:
    """The results as a response."""
    items = [EnrolResult(lead=lead, added=not reason, reason=reason) for lead, reason in results.items()]
    return EnrolOut(added=sum(one.added for one in items), results=items)
