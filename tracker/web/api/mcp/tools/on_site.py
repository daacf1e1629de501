"""The tool who_is_on_site_now."""

from pydantic import BaseModel, Field

from tracker.actions.activity.on_site import on_site
from tracker.base.clock import from_ms
from tracker.domain.activity.presence import Presence
from tracker.domain.leads.lead import Lead
from tracker.rules.page_names import page_name
from tracker.web.api.mcp.results import LeadNamed, lead_named, rep_names
from tracker.web.api.mcp.tool import NoArguments, Tools
from tracker.web.api.mcp.untrusted import safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import Moment, Out

tools = Tools()

_MOST = 25


class PageTexts(Out):
    """What was written on the web page."""

    page: str | None


class LeadOnSite(Out):
    """A lead on the site."""

    lead: LeadNamed
    state: str = Field(description="active or idle")
    on_page_since: Moment
    read_percent: int
    is_other_reader: bool = Field(description="Someone else with the lead's mail, which was forwarded")
    untrusted: PageTexts


class OnSiteNow(Out):
    """Who is on the site."""

    leads: list[LeadOnSite]
    more: int = Field(description="Further leads, not listed")
    unknown_visitors: int | None = Field(description="null: this key sees only some leads")


@tools.add("Who is on the site now", NoArguments, OnSiteNow)
def who_is_on_site_now(call: Call, asked: BaseModel) -> OnSiteNow:
    """Lists the known leads that are on the company's web site at this moment, with the page that they read."""
    del asked
    found, names = on_site(call.deps, call.viewer, call.deps.now()), rep_names(call)
    rows = [_row(call, lead, state, names) for lead, state in found.leads[:_MOST]]
    return OnSiteNow(leads=rows, more=max(0, len(found.leads) - _MOST), unknown_visitors=found.unknown)


def _row(call: Call, lead: Lead, state: Presence, names: dict[str, str]) -> LeadOnSite:
    return LeadOnSite(
        lead=lead_named(call, lead, names),
        state=state.state_at(call.deps.now()),
        on_page_since=from_ms(state.since or state.last),
        read_percent=max(0, min(100, state.scroll)),
        is_other_reader=bool(state.reader),
        untrusted=PageTexts(page=safe_text(page_name(state.url, state.title))),
    )
