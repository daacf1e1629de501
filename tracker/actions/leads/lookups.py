"""Lookups of the names in a lead's values: owner by id or email address, company by name, source by spelling."""

from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.leads.custom_values import checked_fields
from tracker.actions.leads.fields import validated
from tracker.base.errors import Invalid
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.qualification import Referrer
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.sources.names import present_names
from tracker.store.core.search_text import normalized

EMAIL_TAKEN = "a lead with this email address exists already"
NO_SUCH_LEAD = "must be another lead of this workspace"
NO_SUCH_COMPANY = "must be a company of this workspace"


def owner_named(deps: Deps, workspace: Workspace, text: str | None) -> str | None:
    """The id of the rep given by id or email address. Raises Invalid if there is no such active rep."""
    owner: str | None = LeadLookups(deps, workspace).resolve({"owner": text})["owner"]
    return owner


class LeadLookups:
    """Looks up each name once per workspace; creates missing companies."""

    def __init__(self, deps: Deps, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = deps.store.of(workspace.id)
        self._now = deps.now()
        self._sources: dict[str, str] | None = None
        self._companies: dict[str, Company] = {}
        self._owners: dict[str, str] = {}

    def resolve(self, values: dict[str, Any], former: Lead | None = None) -> dict[str, Any]:
        """A lead's values as they will be stored; `former` is the lead that they change. Raises Invalid."""
        kept = {name: validated(name, value) for name, value in values.items() if name != "fields"}
        if "fields" in values:
            kept["fields"] = checked_fields(self._workspace, values["fields"] or {}, former.fields if former else None)
        if "categories" in kept:
            kept["categories"] = self.categories(kept["categories"], former)
        if kept.get("referred_by"):
            self._check_referrer(kept["referred_by"], former)
        if kept.get("owner"):
            kept["owner"] = self.owner(kept["owner"])
        if kept.get("source"):
            kept["source"] = self.source(kept["source"])
        if "company" in kept:
            kept["company_id"] = self.company(kept["company"]).id if kept["company"] else None
        return kept

    def owner(self, text: str) -> str:
        """The id of the active rep with this id or email address. Raises Invalid if there is none."""
        key = normalized(text)
        if key not in self._owners:
            rep = self._store.reps.find(text) or self._store.reps.by_email(text)
            if rep is None or not rep.is_active:
                raise Invalid("owner", "must be a rep of this workspace: an id or an email address")
            self._owners[key] = rep.id
        return self._owners[key]

    def source(self, text: str) -> str:
        """The present name of the source with this name; an unknown text as it is."""
        if self._sources is None:
            self._sources = present_names(self._store.sources.all())
        return self._sources.get(text.casefold(), text)

    def categories(self, given: tuple[str, ...], former: Lead | None) -> tuple[str, ...]:
        """These categories as the workspace's list spells them; others only where the lead has them already. Raises Invalid."""
        known = {one.casefold(): one for one in (*(former.categories if former else ()), *self._workspace.categories)}
        unknown = next((one for one in given if one.casefold() not in known), None)
        if unknown is not None:
            offered = ", ".join(self._workspace.categories) or "none; add some under Settings, Pipeline"
            raise Invalid("categories", f"“{unknown}” is not a category. There are: {offered}")
        return tuple(known[one.casefold()] for one in given)

    def _check_referrer(self, referrer: Referrer, former: Lead | None) -> None:
        if former and former.referred_by == referrer:
            return
        if referrer.lead and (self._store.leads.find(referrer.lead) is None or (former and former.id == referrer.lead)):
            raise Invalid("referred_by.lead", NO_SUCH_LEAD)
        if referrer.company and self._store.companies.find(referrer.company) is None:
            raise Invalid("referred_by.company", NO_SUCH_COMPANY)

    def company(self, name: str) -> Company:
        """The company with this name, created if missing."""
        key = normalized(name)
        if key not in self._companies:
            self._companies[key] = self._store.companies.named(name, self._now)
        return self._companies[key]
