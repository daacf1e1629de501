"""Score schemas of responses: a lead's current score, and the score at a given time with its ledger."""

from typing import Literal

from pydantic import Field

from tracker.domain.pipeline.score import Score
from tracker.web.api.schemas.base import Moment, Out, Query, When

QuadrantName = Literal["call_now", "nurture", "distraction", "leave", "unrated"]
_QUADRANT = (
    "call_now: Call now; nurture: Nurture; distraction: Interested, low fit; leave: Low priority; "
    "unrated: Not rated yet, as long as no fitting value is named or no such field of the lead is known"
)


class ScoreNow(Out):
    """The score at the last recomputation."""

    total: int
    fit: int
    engagement: int
    change: int = Field(description="Points gained within 24 hours")
    quadrant: QuadrantName = Field(description=_QUADRANT)
    as_of: Moment | None


class LedgerRowOut(Out):
    """One ledger row of a score."""

    rule: str
    points: int
    at: Moment
    side: str = Field(description="fit or engagement")
    why: str
    n: int = Field(description="Number of events on that day")
    event: str | None


class ScoreOut(Out):
    """A score; the ledger's points sum to `total`."""

    total: int
    fit: int
    engagement: int
    quadrant: QuadrantName = Field(description=_QUADRANT)
    as_of: Moment
    ledger: list[LedgerRowOut]


class ScoreQuery(Query):
    """The time of the score."""

    as_of: When | None = None


def score_out(score: Score) -> ScoreOut:
    """The score as a response."""
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
