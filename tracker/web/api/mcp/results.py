"""Parts of results that several tools have: a lead, with the texts about it under `untrusted`. Called by the tools."""

from datetime import datetime

from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.score import QUADRANT_NAMES
from tracker.web.api.mcp.untrusted import safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import Moment, Out


class LeadTexts(Out):
    """What was written about a lead."""

    name: str | None
    email: str | None
    company: str | None


class LeadNamed(Out):
    """Which lead, and where it stands."""

    lead_id: str
    stage: str
    owner: str | None
    """The rep's name; null: no owner."""
    score: int
    quadrant: str
    last_seen_at: Moment | None
    untrusted: LeadTexts


class MoneyShown(Out):
    """An amount in minor units of the currency, such as cents."""

    amount: int
    currency: str


def lead_texts(lead: Lead) -> LeadTexts:
    """Name, address and company."""
    return LeadTexts(name=safe_text(lead.name), email=safe_text(lead.email, 254), company=safe_text(lead.company))


def rep_names(call: Call) -> dict[str, str]:
    """The names of the reps by id."""
    return {rep.id: rep.name for rep in call.store.reps.all()}


def lead_named(call: Call, lead: Lead, names: dict[str, str]) -> LeadNamed:
    """The lead, for whom it may be shown to. `names`: those of the reps."""
    return LeadNamed(
        lead_id=lead.id,
        stage=call.workspace.stage_name(lead.stage),
        owner=names.get(lead.owner or ""),
        score=lead.derived.score,
        quadrant=QUADRANT_NAMES.get(lead.derived.quadrant, ""),
        last_seen_at=lead.derived.last_seen_at,
        untrusted=lead_texts(lead),
    )


def seconds_since(moment: datetime, now: datetime) -> int:
    """Whole seconds since that moment."""
    return max(0, round((now - moment).total_seconds()))
