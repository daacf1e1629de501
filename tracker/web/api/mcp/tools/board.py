"""The tools pipeline_summary and company_overview."""

from typing import Annotated

from pydantic import Field

from tracker.actions.leads.company_figures import figures_of
from tracker.actions.reports import reports
from tracker.rules.visibility import scope
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.mcp.lookup import company_meant
from tracker.web.api.mcp.results import LeadNamed, MoneyShown, lead_named, rep_names
from tracker.web.api.mcp.tool import Tools
from tracker.web.api.mcp.untrusted import PASSAGE, safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import In, Moment, Out

tools = Tools()

_MOST_PEOPLE = 15


class PipelineAsked(In):
    """The period of the moves."""

    days: Annotated[int, Field(ge=1, le=365)] = 30


class StageShown(Out):
    """One stage."""

    stage: str
    kind: str = Field(description="open, won or lost")
    leads: int
    moved_in: int = Field(description="Moves into it in the period")


class PipelineShown(Out):
    """The stages in their order, over the leads that the caller may see."""

    days: int
    stages: list[StageShown]


class CompanyAsked(In):
    """Which company."""

    company: Annotated[str, Field(min_length=1, max_length=200, description="Its id, domain, or part of its name")]


class CompanyTexts(Out):
    """What was written about a company."""

    name: str | None
    domain: str | None
    industry: str | None
    size: str | None
    location: str | None
    note: str | None


class CompanyShown(Out):
    """A company with its people."""

    company_id: str
    people: int
    owners: list[str] = Field(description="Reps who own its leads")
    last_seen_at: Moment | None
    open_value: list[MoneyShown]
    won_value: list[MoneyShown]
    leads: list[LeadNamed] = Field(description="Its people, last seen first")
    has_more: bool
    untrusted: CompanyTexts


@tools.add("Summary of the pipeline", PipelineAsked, PipelineShown)
def pipeline_summary(call: Call, asked: PipelineAsked) -> PipelineShown:
    """Counts leads by stage, and how many moved into each stage lately."""
    rows = reports.stages(call.deps, call.workspace.id, days=asked.days, visible_to=scope(call.viewer))
    stages = [StageShown(stage=row.stage, kind=row.kind, leads=row.leads, moved_in=row.moved_in) for row in rows]
    return PipelineShown(days=asked.days, stages=stages)


@tools.add("Overview of a company", CompanyAsked, CompanyShown)
def company_overview(call: Call, asked: CompanyAsked) -> CompanyShown:
    """Returns a company: its people among the leads, who owns them, when one was last active, and values."""
    company = company_meant(call, asked.company)
    figures = figures_of(call.store, call.workspace, [company.id], scope(call.viewer))[company.id]
    page = call.store.leads.page(LeadQuery(company_id=company.id, visible_to=scope(call.viewer)), limit=_MOST_PEOPLE)
    names = rep_names(call)
    texts = {name: safe_text(getattr(company, name)) for name in ("name", "domain", "industry", "size", "location")}
    return CompanyShown(
        company_id=company.id,
        people=figures.people,
        owners=[names[owner] for owner in figures.owners if owner in names],
        last_seen_at=figures.last_seen_at,
        open_value=_amounts(figures.open_value),
        won_value=_amounts(figures.won_value),
        leads=[lead_named(call, lead, names) for lead in page.items],
        has_more=page.next is not None,
        untrusted=CompanyTexts(**texts, note=safe_text(company.note, PASSAGE)),
    )


def _amounts(sums: dict[str, int]) -> list[MoneyShown]:
    return [MoneyShown(amount=amount, currency=currency) for currency, amount in sorted(sums.items())]
