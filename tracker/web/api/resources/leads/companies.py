"""/companies: the companies that leads work for."""

from collections.abc import Sequence
from typing import Any

from tracker.actions.changes.stamped import edit_company
from tracker.actions.leads import companies
from tracker.actions.leads.company_figures import figures_of
from tracker.base.errors import Invalid, Taken
from tracker.domain.leads.company import Company
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import concealed, scope
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.access import check_may_change_company, conceal_conflicts, visible_company, visible_company_ids
from tracker.web.api.lists import companies_page
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged
from tracker.web.api.schemas.leads.companies import CompaniesQuery, CompanyChange, CompanyIn, CompanyOut, CompanyRemoved, company_out
from tracker.web.api.schemas.leads.leads import LeadOut, lead_out

operations = Operations()


@operations.add("GET", "/companies", query=CompaniesQuery, response=List[CompanyOut])
def list_companies(call: Call, query: CompaniesQuery) -> List[CompanyOut]:
    """Lists companies, with the figures of their leads."""
    found = companies_page(call, query.search, query.sort, query)
    return List[CompanyOut].model_construct(items=_outs(call, found.items), next=found.next)


def _outs(call: Call, found: Sequence[Company]) -> list[CompanyOut]:
    figures = figures_of(call.store, call.workspace, [company.id for company in found], scope(call.viewer))
    return [company_out(company, figures[company.id]) for company in found]


def _out(call: Call, company: Company) -> CompanyOut:
    return _outs(call, [company])[0]


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    """Refuses, as a taken name, a company whose leads have all moved to colleagues since."""
    found = call.store.companies.find(stored["id"])
    if found is not None and not visible_company_ids(call, [found]):
        raise concealed(Taken(companies.NAME_TAKEN, kind="company"))


@operations.add("POST", "/companies", body=CompanyIn, response=CompanyOut, status=201, authorize_replay=_authorize_replay)
def add_company(call: Call, body: CompanyIn) -> CompanyOut:
    """Adds a company; its name must be new in the workspace."""
    with conceal_conflicts(call):
        return _out(call, companies.add_company(call.deps, call.workspace.id, **body.given()))


@operations.add("GET", "/companies/{company}", response=CompanyOut)
def get_company(call: Call, company: str) -> CompanyOut:
    """Returns one company."""
    return _out(call, visible_company(call, company))


@operations.add("PATCH", "/companies/{company}", body=CompanyChange, response=CompanyOut)
def change_company(call: Call, company: str, body: CompanyChange) -> CompanyOut:
    """Changes a company; a rep who sees only own leads cannot change a company where colleagues have leads."""
    visible_company(call, company)
    check_may_change_company(call, company)
    values = body.given()
    if values.get("name", "") is None:
        raise Invalid("name", "cannot be emptied")
    with conceal_conflicts(call):
        return _out(call, edit_company(call.deps, call.workspace.id, company, actor=call.rep_id, seen={}, **values))


@operations.add("GET", "/companies/{company}/leads", query=Paged, response=List[LeadOut])
def list_company_leads(call: Call, company: str, query: Paged) -> List[LeadOut]:
    """Lists the leads of a company, best score first, without archived ones."""
    visible_company(call, company)
    asked = LeadQuery(company_id=company, visible_to=scope(call.viewer))
    page = call.store.leads.page(asked, sort="-score", cursor=query.cursor, limit=query.limit)
    return List[LeadOut].model_construct(items=[lead_out(lead, call.workspace) for lead in page.items], next=page.next)


@operations.add("DELETE", "/companies/{company}", response=CompanyRemoved, audit=(AuditAction.DELETED,))
def remove_company(call: Call, company: str) -> CompanyRemoved:
    """Deletes a company; its leads stay and keep its name as text. A rep who may not change it may not delete it."""
    found = visible_company(call, company)
    check_may_change_company(call, company)
    people = companies.remove_company(call.deps, call.workspace.id, company)
    call.record(AuditAction.DELETED, f"company “{found.name[:80]}”", leads=str(people))
    return CompanyRemoved(id=company, people=people)
