"""From what was written to what is meant: the owner by id or address, the company by name, the source as the team spells it."""

from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.leads.fields import checked
from tracker.base.errors import Invalid
from tracker.domain.leads.company import Company
from tracker.domain.workspace.workspace import Workspace
from tracker.store.core.search_text import normalized


def owner_named(deps: Deps, workspace: Workspace, text: str | None) -> str | None:
    """The id of the rep whom a request names as an owner by id or address, read as it will be kept. Raises Invalid for who is no rep here."""
    owner: str | None = LeadNames(deps, workspace).kept({"owner": text})["owner"]
    return owner


class LeadNames:
    """Looks names up in one workspace, each once; companies that are not there yet are made."""

    def __init__(self, deps: Deps, workspace: Workspace) -> None:
        self._here = deps.store.of(workspace.id)
        self._now = deps.now()
        self._sources = {source.casefold(): source for source in workspace.sources}
        self._companies: dict[str, Company] = {}
        self._owners: dict[str, str] = {}

    def kept(self, values: dict[str, Any]) -> dict[str, Any]:
        """A lead's values as they will be kept. Raises Invalid."""
        kept = {name: checked(name, value) for name, value in values.items()}
        if kept.get("owner"):
            kept["owner"] = self.owner(kept["owner"])
        if kept.get("source"):
            kept["source"] = self._sources.get(kept["source"].casefold(), kept["source"])
        if "company" in kept:
            kept["company_id"] = self.company(kept["company"]).id if kept["company"] else None
        return kept

    def owner(self, text: str) -> str:
        """The id of the rep with that id or email address. Raises Invalid if no such rep works here."""
        key = normalized(text)
        if key not in self._owners:
            rep = self._here.reps.find(text) or self._here.reps.by_email(text)
            if rep is None or not rep.is_active:
                raise Invalid("owner", "must be a rep of this workspace: an id or an email address")
            self._owners[key] = rep.id
        return self._owners[key]

    def company(self, name: str) -> Company:
        """The company of that name."""
        key = normalized(name)
        if key not in self._companies:
            self._companies[key] = self._here.companies.named(name, self._now)
        return self._companies[key]
