"""/companies: the companies that leads work for."""

from typing import Any

from tracker.actions.leads import companies
from tracker.base.errors import Invalid, Taken
from tracker.rules.visibility import concealed
from tracker.web.api.access import check_may_change_company, conceal_conflicts, visible_company, visible_company_ids
from tracker.web.api.lists import companies_page
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, to_schema
from tracker.web.api.schemas.leads.companies import CompaniesQuery, CompanyChange, CompanyIn, CompanyOut

operations = Operations()


@operations.add("GET", "/companies", query=CompaniesQuery, response=List[CompanyOut])
def list_companies(call: Call, query: CompaniesQuery) -> List[CompanyOut]:
    """Lists companies by name."""
    found = companies_page(call, query.search, query)
    return List[CompanyOut].model_construct(items=[to_schema(CompanyOut, company) for company in found.items], next=found.next)


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    """Refuses, as a taken name, a company whose leads have all moved to colleagues since."""
    found = call.store.companies.find(stored["id"])
    if found is not None and not visible_company_ids(call, [found]):
        raise concealed(Taken(companies.NAME_TAKEN, kind="company"))


@operations.add("POST", "/companies", body=CompanyIn, response=CompanyOut, status=201, authorize_replay=_authorize_replay)
def add_company(call: Call, body: CompanyIn) -> CompanyOut:
    """Adds a company; its name must be new in the workspace."""
    with conceal_conflicts(call):
        return to_schema(CompanyOut, companies.add_company(call.deps, call.workspace.id, **body.given()))


@operations.add("GET", "/companies/{company}", response=CompanyOut)
def get_company(call: Call, company: str) -> CompanyOut:
    """Returns one company."""
    return to_schema(CompanyOut, visible_company(call, company))


@operations.add("PATCH", "/companies/{company}", body=CompanyChange, response=CompanyOut)
def change_company(call: Call, company: str, body: CompanyChange) -> CompanyOut:
    """Changes a company; a rep who sees only own leads cannot change a company where colleagues have leads."""
    visible_company(call, company)
    check_may_change_company(call, company)
    values = body.given()
    if values.get("name", "") is None:
        raise Invalid("name", "cannot be emptied")
    with conceal_conflicts(call):
        return to_schema(CompanyOut, companies.change_company(call.deps, call.workspace.id, company, **values))
