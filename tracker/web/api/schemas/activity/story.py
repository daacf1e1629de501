"""What a lead did: events, visits, replay steps, score, moves."""

from typing import Any

from pydantic import Field

from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import Visit
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.score import Score
from tracker.rules.replay import ReplayStep
from tracker.web.api.schemas.base import Moment, Out, Paged, Query, When


class VerdictOut(Out):
    """Who caused an event, as far as can be told."""

    label: str
    confidence: float = Field(description="0 to 1")
    reasons: list[str]


class EventOut(Out):
    """One thing that happened."""

    id: str
    kind: str = Field(description="sent open click view submit download unsubscribe reply bounce call meeting chat note")
    at: Moment
    lead: str | None
    url: str | None
    title: str | None
    message: str | None
    share: str | None = Field(description="The stand-alone link that was followed")
    visitor: str | None
    target: str | None
    fields: dict[str, str]
    text: str | None
    rep: str | None
    verdict: VerdictOut


class PageOut(Out):
    """One page of a visit."""

    url: str
    title: str | None
    at: Moment
    active_seconds: float
    scroll: int = Field(description="Greatest depth, 0 to 100")


class VisitOut(Out):
    """A run of page views with gaps under 30 minutes."""

    id: str
    lead: str | None
    visitor: str
    message: str | None
    started_at: Moment
    ended_at: Moment
    active_seconds: float
    forwarded: bool
    pages: list[PageOut]


class StepOut(Out):
    """One step of a replay."""

    at: Moment
    kind: str = Field(description="view click submit download away")
    url: str | None
    title: str | None
    active_seconds: float = Field(description="Of a page; of `away`: its length")
    scroll: int
    target: str | None
    fields: dict[str, str]
    visit: str


class ReplayOut(Out):
    """What the lead looked at, in order."""

    steps: list[StepOut]


class LedgerRowOut(Out):
    """Why there are these points."""

    rule: str
    points: int
    at: Moment
    side: str = Field(description="fit or engagement")
    why: str
    n: int = Field(description="How often it happened on that day")
    event: str | None


class ScoreOut(Out):
    """A score; the ledger's points sum to `total`."""

    total: int
    fit: int
    engagement: int
    quadrant: str
    as_of: Moment
    ledger: list[LedgerRowOut]


class MoveOut(Out):
    """One step in the pipeline."""

    id: str
    before: str | None
    stage: str
    at: Moment
    rule: str | None
    cause: str | None
    actor: str | None
    reason: str | None
    withdrawn: bool


class ScoreQuery(Query):
    """As of when."""

    as_of: When | None = None


class StoryQuery(Paged):
    """A page of what happened."""


def event_out(event: Event) -> EventOut:
    """The event as the API shows it: no address, no headers."""
    verdict = VerdictOut.model_construct(
        label=event.verdict.label.value, confidence=event.verdict.confidence, reasons=list(event.verdict.reasons)
    )
    names = ("id", "at", "lead", "url", "title", "message", "share", "visitor", "target", "text", "rep")
    same: dict[str, Any] = {name: getattr(event, name) for name in names}
    return EventOut.model_construct(**same, kind=event.kind.value, fields=dict(event.fields), verdict=verdict)


def visit_out(visit: Visit) -> VisitOut:
    """The visit as the API shows it."""
    pages = [
        PageOut.model_construct(url=p.url, title=p.title, at=p.at, active_seconds=_seconds(p.active_ms), scroll=p.scroll)
        for p in visit.pages
    ]
    return VisitOut.model_construct(
        id=visit.id,
        lead=visit.lead,
        visitor=visit.visitor,
        message=visit.message,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
        active_seconds=_seconds(visit.active_ms),
        forwarded=visit.forwarded,
        pages=pages,
    )


def step_out(step: ReplayStep) -> StepOut:
    """The step as the API shows it."""
    return StepOut.model_construct(
        at=step.at,
        kind=step.kind,
        url=step.url,
        title=step.title,
        active_seconds=_seconds(step.active_ms),
        scroll=step.scroll,
        target=step.target,
        fields=dict(step.fields),
        visit=step.visit,
    )


def score_out(score: Score) -> ScoreOut:
    """The score as the API shows it."""
    ledger = [
        LedgerRowOut.model_construct(
            rule=row.rule, points=row.points, at=row.at, side=row.side.value, why=row.why, n=row.n, event=row.event
        )
        for row in score.ledger
    ]
    return ScoreOut.model_construct(
        total=score.total,
        fit=score.fit,
        engagement=score.engagement,
        quadrant=score.quadrant,
        as_of=score.as_of,
        ledger=ledger,
    )


def move_out(move: Move) -> MoveOut:
    """The move as the API shows it."""
    return MoveOut.model_construct(**{name: getattr(move, name) for name in MoveOut.model_fields})


def _seconds(milliseconds: int) -> float:
    return round(milliseconds / 1000, 3)
