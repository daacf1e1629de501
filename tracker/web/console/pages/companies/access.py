"""Access to companies: which of them the signed-in rep sees and changes. Uses rules.visibility."""

from tracker.base.errors import Forbidden, NotFound
from tracker.domain.leads.company import Company
from tracker.rules import visibility
from tracker.web.console.auth import current_user, workspace_store


def visible_company(company: str) -> Company:
    """The company. Raises NotFound if it is in another workspace or this rep may see none of its leads."""
    found = workspace_store().companies.get(company)
    if not visibility.may_see_company(current_user().viewer, owners_of(company)):
        raise NotFound("no such company")
    return found


def owners_of(company: str) -> set[str | None]:
    """The owners of all its leads."""
    return workspace_store().leads.owners_by_company([company])[company]


def may_change(company: str) -> bool:
    """Whether this rep may change or delete the company."""
    return visibility.may_change_company(current_user().viewer, owners_of(company))


def check_may_change(company: str) -> None:
    """Raises Forbidden for a company with leads that this rep may not see."""
    if not may_change(company):
        raise Forbidden("Colleagues have leads in this company, so an admin has to change it.")
