"""Which lead or company an assistant means: by id, email address or name, of those that the caller may see. Called by the tools."""

from typing import Annotated

from pydantic import Field

from tracker.base.errors import NotFound
from tracker.base.ids import is_id
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import may_see, scope
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.access import visible_company, visible_lead
from tracker.web.api.lists import companies_page
from tracker.web.api.mcp.tool import NotClear
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import In, Paged

LeadName = Annotated[str, Field(min_length=1, max_length=254, description="The lead's id, email address, or part of its name or company")]
_SOME = 6


class OfLead(In):
    """Arguments of tools about one lead."""

    lead: LeadName


def lead_meant(call: Call, text: str) -> Lead:
    """The lead. Raises NotFound for an unknown id, and NotClear where no lead or several have this name."""
    if is_id(text):
        return visible_lead(call, text)
    known = call.store.leads.by_email(text.strip().lower()) if "@" in text else None
    if known is not None and may_see(call.viewer, known):
        return known
    if not any(character.isalnum() for character in text):  # a search for nothing finds every lead
        raise NotClear(_unclear("lead", 0, "find_leads"))
    page = call.store.leads.page(LeadQuery(search=text, visible_to=scope(call.viewer)), limit=_SOME)
    exact = [lead for lead in page.items if text.strip().casefold() in (lead.name.casefold(), lead.email.casefold())]
    found = exact if len(exact) == 1 else page.items
    if len(found) != 1:
        raise NotClear(_unclear("lead", len(found), "find_leads"))
    return found[0]


def company_meant(call: Call, text: str) -> Company:
    """The company. Raises NotFound, NotClear."""
    if is_id(text):
        return visible_company(call, text)
    if not any(character.isalnum() for character in text):
        raise NotClear(_unclear("company", 0, "find_leads"))
    found = companies_page(call, text, "name", Paged(cursor=None, limit=_SOME)).items
    exact = [company for company in found if text.strip().casefold() in (company.name.casefold(), company.domain or "")]
    if len(exact) != 1 and len(found) != 1:
        raise NotClear(_unclear("company", len(found), "find_leads"))
    return exact[0] if len(exact) == 1 else found[0]


def _unclear(kind: str, count: int, tool: str) -> str:
    if not count:
        return f"No {kind} matches. Try a shorter part of the name with `{tool}`."
    return f"{'Several' if count >= _SOME else count} match. Ask `{tool}` and name the {kind} by its id."


def checked_id(text: str) -> str:
    """The id of a record. Raises NotFound for what cannot be one."""
    if not is_id(text):
        raise NotFound("no such record")
    return text
