"""Actions on companies. Their values count for the fit score of leads."""

from typing import Any

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.base.ids import new_id
from tracker.domain.leads.company import Company
from tracker.domain.leads.qualification import Referrer
from tracker.domain.leads.stamp import Stamp

NAME_TAKEN = "a company of this name exists already"
_FIELDS = ("domain", "industry", "size", "location")


def add_company(deps: Deps, workspace: str, *, name: str, **values: Any) -> Company:
    """Adds a company. Raises Taken if the name exists."""
    kept = _checked({"name": name, **values})
    try:
        return deps.store.of(workspace).companies.add(Company(id=new_id(), workspace=workspace, created_at=deps.now(), **kept))
    except Conflict:
        raise _taken(deps, workspace, kept["name"], NAME_TAKEN) from None


def change_company(
    deps: Deps, workspace: str, company: str, *, by: str | None = None, version: int | None = None, **values: Any
) -> Company:
    """Changes name, domain, industry, size, location or note; its leads are scored again. `by` is the rep. Raises Taken, Conflict."""
    here = deps.store.of(workspace)
    kept = _checked(values)
    old = here.companies.get(company)
    checks.version(old.version, version)
    stamps = dict(old.changed) | {name: Stamp(by, deps.now()) for name, value in kept.items() if value != getattr(old, name)}
    try:
        changed = here.companies.change(company, version=old.version, **kept, changed=stamps) if kept else old
    except Conflict:
        if "name" not in kept or here.companies.get(company).version != old.version:
            raise
        raise _taken(deps, workspace, kept["name"], "another company has this name") from None
    now = deps.now()
    leads = here.leads.ids_of_company(company)
    if "name" in kept:
        for lead in leads:
            here.leads.change(lead, company=changed.name, updated_at=now)
    deps.store.dirty.mark_many(((workspace, "lead", lead, now) for lead in leads), queue="bulk")
    deps.wake.bulk()
    return changed


def remove_company(deps: Deps, workspace: str, company: str) -> int:
    """Deletes a company; how many leads were in it. They keep its name as text, and its values no longer count for their fit score.

    A lead that is given the name again makes a new company. What it referred keeps the name too. Raises NotFound.
    """
    here, now = deps.store.of(workspace), deps.now()
    found = here.companies.get(company)
    for lead in here.leads.referred_by(f"company:{company}"):
        here.leads.change(lead.id, referred_by=Referrer(text=found.name), updated_at=now)
    leads = here.leads.leave_company(company, now)
    here.companies.remove(company)
    deps.store.dirty.mark_many(((workspace, "lead", lead, now) for lead in leads), queue="bulk")
    deps.wake.bulk()
    return len(leads)


def _taken(deps: Deps, workspace: str, name: str, text: str) -> Taken:
    known = deps.store.of(workspace).companies.by_name(name)
    return Taken(text, kind="company", record=known.id if known else None)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name == "name":
            kept[name] = checks.line(name, value, longest=200)
        elif name == "note":
            kept[name] = checks.words(name, value, longest=5000, required=False) or None if value else None
        elif name in _FIELDS:
            kept[name] = checks.optional_line(name, value)
        else:
            raise Invalid(name, "cannot be set")
    return kept
