"""Permission checks of the API, decided by rules.visibility. Hidden records raise NotFound, forbidden actions raise Forbidden."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from tracker.actions.leads.lookups import owner_named
from tracker.base.errors import Forbidden, Invalid, NotFound, Taken
from tracker.domain.activity.visit import Visit
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.rules import visibility
from tracker.web.api.operations import Call


def visible_lead(call: Call, lead: str) -> Lead:
    """The lead. Raises NotFound for a lead of another workspace and for one that the caller may not see."""
    found = call.store.leads.find(lead)
    if found is None or not visibility.may_see(call.viewer, found):
        raise NotFound("no such lead")
    return found


def of_kept(call: Call, given: Mapping[str, object]) -> dict[str, str]:
    """What to change in the given values where their `lead` is one that was merged: the lead that answers for it."""
    lead = given.get("lead")
    if not isinstance(lead, str):
        return {}
    kept = call.store.leads.kept_ids([lead])[lead]
    return {"lead": kept} if kept != lead else {}


def visible_visit(call: Call, visit: str) -> Visit:
    """The visit with its dwell times. Raises NotFound for a visit whose lead the caller may not see."""
    found = call.store.visits.get(visit)
    if found.lead:
        visible_lead(call, found.lead)
    return call.store.dwell.fill([found])[0]


def own_rep(call: Call, rep: str) -> Rep:
    """The rep. Raises NotFound unless it is the caller or the caller is an admin."""
    found = call.store.reps.get(rep)
    if not visibility.may_act_as(call.viewer, found.id):
        raise NotFound("no such rep")
    return found


def check_may_change_company(call: Call, company: str) -> None:
    """Raises Forbidden for a company with leads that the caller may not see."""
    owners = call.store.leads.owners_by_company([company]).get(company, ())
    if not visibility.may_change_company(call.viewer, owners):
        raise Forbidden("colleagues have leads in this company, so an admin has to change it")


def visible_company(call: Call, company: str) -> Company:
    """The company. Raises NotFound for another workspace and for a company whose leads the caller may not see."""
    found = call.store.companies.get(company)
    if company not in visible_company_ids(call, [found]):
        raise NotFound("no such company")
    return found


def visible_company_ids(call: Call, companies: Sequence[Company]) -> set[str]:
    """The ids of the companies that the caller may see."""
    if visibility.scope(call.viewer) is None:
        return {company.id for company in companies}
    owners = call.store.leads.owners_by_company(company.id for company in companies)
    return {company for company, found in owners.items() if visibility.may_see_company(call.viewer, found)}


def check_may_act_as(call: Call, rep: str | None) -> None:
    """Raises Forbidden if the caller may not act as this rep."""
    if not visibility.may_act_as(call.viewer, rep):
        raise Forbidden("only admins act for other reps; the key of a rep acts as that rep")


def check_may_assign(call: Call, rep: str | None) -> None:
    """Raises Forbidden if the caller may not assign leads and tasks to this rep."""
    if not visibility.may_assign(call.viewer, rep):
        raise Forbidden("only admins may assign leads and tasks to other reps in this workspace")


def check_may_set_owner(call: Call, owner: str | None) -> None:
    """Like `check_may_assign`, for an owner by id or email address. An unknown rep passes: the action reports it."""
    with contextlib.suppress(Invalid):
        check_may_assign(call, owner_named(call.deps, call.workspace, owner))


_RECENT = timedelta(days=1)
"""A record of the last day is one of everyday work; an older one is part of the history that comes from another system."""


def is_history(call: Call, *times: datetime | None, recent: bool = False) -> bool:
    """Whether a record with these times comes from another system: it is marked so and triggers nothing. Raises Forbidden for who is no admin.

    `recent`: times of the last day belong to everyday work, for everyone.
    """
    given = [at for at in times if at is not None and not (recent and call.deps.now() - at <= _RECENT)]
    if given and not visibility.is_admin(call.viewer):
        raise Forbidden("only admins, with a key of the scope admin, may add history with its own dates")
    return bool(given)


def check_is_admin(call: Call) -> None:
    """Raises Forbidden unless the caller is an admin."""
    if not visibility.is_admin(call.viewer):
        raise Forbidden("only admins of this workspace may do this")


@contextlib.contextmanager
def conceal_conflicts(call: Call) -> Iterator[None]:
    """Removes the id of the conflicting record from Taken unless the caller may see that record."""
    try:
        yield
    except Taken as taken:
        raise (taken if _is_visible(call, taken) else visibility.concealed(taken)) from None


def _is_visible(call: Call, taken: Taken) -> bool:
    if taken.record is None:
        return visibility.scope(call.viewer) is None
    if taken.kind == "company":
        return bool(visible_company_ids(call, [company])) if (company := call.store.companies.find(taken.record)) else False
    return visibility.may_see(call.viewer, call.store.leads.find(taken.record))
