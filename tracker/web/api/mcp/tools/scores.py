"""The tools who_is_hot_today and why_this_score: scores with the rows of their ledger."""

from typing import Annotated

from pydantic import Field

from tracker.actions.leads.lists import chip_list, query_of_list
from tracker.actions.pipeline import scores
from tracker.domain.pipeline.score import QUADRANT_NAMES, LedgerRow, Score
from tracker.web.api.mcp.lookup import OfLead, lead_meant
from tracker.web.api.mcp.results import LeadNamed, LeadTexts, lead_named, lead_texts, rep_names
from tracker.web.api.mcp.tool import Tools
from tracker.web.api.mcp.untrusted import safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import In, Moment, Out

tools = Tools()

_MOST_REASONS, _MOST_ROWS = 3, 60


class HotAsked(In):
    """How many leads."""

    limit: Annotated[int, Field(ge=1, le=20)] = 10


class RowTexts(Out):
    """The words of a row; they may name a page."""

    why: str | None


class ReasonShown(Out):
    """One row of a score's ledger."""

    rule: str
    points: int
    at: Moment
    side: str = Field(description="fit or engagement")
    times: int = Field(description="How often on that day")
    untrusted: RowTexts


class HotLead(Out):
    """A hot lead with the largest reasons of its score."""

    lead: LeadNamed
    gained_today: int = Field(description="Points within 24 hours")
    reasons: list[ReasonShown]


class HotLeads(Out):
    """The hot leads, highest score first."""

    leads: list[HotLead]
    has_more: bool


class ScoreExplained(Out):
    """A score and the rows that sum to it."""

    lead_id: str
    total: int
    fit: int
    engagement: int
    quadrant: str
    as_of: Moment
    rows: list[ReasonShown] = Field(description="Their points sum to `total`, unless `has_more`")
    has_more: bool
    untrusted: LeadTexts


@tools.add("Who is hot", HotAsked, HotLeads)
def who_is_hot_today(call: Call, asked: HotAsked) -> HotLeads:
    """Lists the hot leads (they fit, are interested, and were active in the last 7 days) with the reasons of their scores."""
    query = query_of_list(call.deps, call.viewer, chip_list(call.workspace, "hot"))
    page = call.store.leads.page(query, sort="-score", limit=asked.limit)
    names, found = rep_names(call), []
    for lead in page.items:
        score = scores.score(call.deps, call.workspace.id, lead.id)
        largest = sorted(score.ledger, key=lambda row: -row.points)[:_MOST_REASONS]
        reasons = [_reason(row) for row in largest if row.points > 0]
        found.append(HotLead(lead=lead_named(call, lead, names), gained_today=lead.derived.change, reasons=reasons))
    return HotLeads(leads=found, has_more=page.next is not None)


@tools.add("Why this score", OfLead, ScoreExplained)
def why_this_score(call: Call, asked: OfLead) -> ScoreExplained:
    """Explains the score of one lead: every row with its rule, points, day and reason."""
    lead = lead_meant(call, asked.lead)
    score: Score = scores.score(call.deps, call.workspace.id, lead.id, call.deps.now())
    rows = sorted(score.ledger, key=lambda row: -abs(row.points))
    return ScoreExplained(
        lead_id=lead.id,
        total=score.total,
        fit=score.fit,
        engagement=score.engagement,
        quadrant=QUADRANT_NAMES[score.quadrant],
        as_of=score.as_of,
        rows=[_reason(row) for row in rows[:_MOST_ROWS]],
        has_more=len(rows) > _MOST_ROWS,
        untrusted=lead_texts(lead),
    )


def _reason(row: LedgerRow) -> ReasonShown:
    return ReasonShown(
        rule=row.rule, points=row.points, at=row.at, side=row.side.value, times=row.n, untrusted=RowTexts(why=safe_text(row.why))
    )
