"""What a caller may reach and do, as rules.visibility decides: what may not be seen is not found, what may not be done is forbidden."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from tracker.actions.leads.lookups import owner_named
from tracker.base.errors import Forbidden, Invalid, NotFound, Taken
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.rules import visibility
from tracker.store.core.paging import LARGEST_PAGE, Page, filtered_page
from tracker.store.core.records import Record
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import Paged

_LOOKS = 10
"""How many pages are read at most to fill one for a caller who sees only some leads."""


class AboutLead(Record, Protocol):
    """A record that is about one lead."""

    @property
    def lead(self) -> str:
        """The lead's id."""
        ...


A = TypeVar("A", bound=AboutLead)
Fetch = Callable[[str | None, int], Page[A]]


def lead_of(call: Call, lead: str) -> Lead:
    """The lead. Raises NotFound for another workspace's, and for one that this caller may not see."""
    found = call.here.leads.find(lead)
    if found is None or not visibility.may_see(call.viewer, found):
        raise NotFound("no such lead")
    return found


def check_changes_company(call: Call, company: str) -> None:
    """Raises Forbidden where leads work that this caller may not see."""
    owners = call.here.leads.owners_by_company([company]).get(company, ())
    if not visibility.may_change_company(call.viewer, owners):
        raise Forbidden("colleagues have leads in this company, so an admin has to change it")


def company_of(call: Call, company: str) -> Company:
    """The company. Raises NotFound for another workspace's, and for one where only leads work that this caller may not see."""
    found = call.here.companies.get(company)
    if company not in companies_seen(call, [found]):
        raise NotFound("no such company")
    return found


def companies_seen(call: Call, companies: Sequence[Company]) -> set[str]:
    """The ids of those companies that the caller may see."""
    if visibility.scope(call.viewer) is None:
        return {company.id for company in companies}
    owners = call.here.leads.owners_by_company(company.id for company in companies)
    return {company for company, found in owners.items() if visibility.may_see_company(call.viewer, found)}


def companies_page(call: Call, search: str, query: Paged) -> Page[Company]:
    """One page of the companies that the caller may see, full unless it is the last: a cursor never names one that they may not."""

    def fetch(cursor: str | None, size: int) -> Page[Company]:
        return call.here.companies.page(search, cursor=cursor, limit=size)

    if visibility.scope(call.viewer) is None:
        return fetch(query.cursor, query.limit)
    return filtered_page(fetch, lambda found: companies_seen(call, found), cursor=query.cursor, limit=query.limit, batch=LARGEST_PAGE)


def page_about(call: Call, fetch: "Fetch[A]", query: Paged, may_see: Callable[[A, Lead | None], bool] | None = None) -> Page[A]:
    """One page of those records whose lead the caller may see (or that `may_see` allows, given the record and its lead, if any)."""
    if visibility.scope(call.viewer) is None and may_see is None:
        return fetch(query.cursor, query.limit)
    is_seen = may_see or (lambda _, lead: visibility.may_see(call.viewer, lead))

    def keep(records: list[A]) -> set[str]:
        leads = call.here.leads.by_ids(record.lead for record in records if record.lead)
        return {record.id for record in records if is_seen(record, leads.get(record.lead))}

    return filtered_page(fetch, keep, cursor=query.cursor, limit=query.limit, looks=_LOOKS)


def check_acts_as(call: Call, rep: str | None) -> None:
    """Raises Forbidden where the caller may not act in the name of this rep."""
    if not visibility.may_act_as(call.viewer, rep):
        raise Forbidden("only admins act for other reps; the key of a rep acts as that rep")


def check_assigns(call: Call, rep: str | None) -> None:
    """Raises Forbidden where the caller may not give leads and tasks to this rep."""
    if not visibility.may_assign(call.viewer, rep):
        raise Forbidden("only admins may give leads and tasks to others here")


def check_owner(call: Call, owner: str | None) -> None:
    """As `check_assigns`, for an owner by id or address; what is no rep is left to the action to refuse."""
    with contextlib.suppress(Invalid):
        check_assigns(call, owner_named(call.deps, call.workspace, owner))


def check_is_admin(call: Call) -> None:
    """Raises Forbidden for everybody who is no admin."""
    if not visibility.is_admin(call.viewer):
        raise Forbidden("only admins of this workspace may do this")


@contextlib.contextmanager
def told_who_has_it(call: Call) -> Iterator[None]:
    """Lets Taken name the record that has the value only where the caller may see it."""
    try:
        yield
    except Taken as taken:
        raise (taken if _is_seen(call, taken) else visibility.concealed(taken)) from None


def _is_seen(call: Call, taken: Taken) -> bool:
    if taken.record is None:
        return visibility.scope(call.viewer) is None
    if taken.kind == "company":
        return bool(companies_seen(call, [company])) if (company := call.here.companies.find(taken.record)) else False
    return visibility.may_see(call.viewer, call.here.leads.find(taken.record))
