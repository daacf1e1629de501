"""The figures of companies: people, activity, open value and sales, of the leads that a viewer may see. Used by console and API."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracker.domain.leads.company import CompanyMember
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Owners
from tracker.store.store import WorkspaceStore


@dataclass(slots=True)
class CompanyFigures:
    """What the leads of one company add up to, archived ones aside. Sums in minor units (cents) by currency."""

    people: int = 0
    owners: list[str] = field(default_factory=list)
    """The reps who own its leads, those with most of them first."""
    last_seen_at: datetime | None = None
    open_value: dict[str, int] = field(default_factory=dict)
    """Of leads in open stages."""
    won_value: dict[str, int] = field(default_factory=dict)
    """All sales to its leads."""


def figures_of(
    store: WorkspaceStore, workspace: Workspace, companies: Collection[str], visible_to: Owners | None
) -> dict[str, CompanyFigures]:
    """The figures of each of these companies over the leads of these owners (None: of all)."""
    members = store.leads.members_of(companies, visible_to=visible_to)
    open_stages = {stage.id for stage in workspace.stages if stage.kind == "open"}
    found = {company: CompanyFigures() for company in companies}
    for company, its in _by_company(members).items():
        _count(found[company], its, open_stages)
    company_of = {member.lead: member.company for member in members}
    for lead, currency, amount in store.sales.sums_by_lead(company_of):
        _add(found[company_of[lead]].won_value, currency, amount)
    return found


def _by_company(members: Sequence[CompanyMember]) -> dict[str, list[CompanyMember]]:
    found: dict[str, list[CompanyMember]] = {}
    for member in members:
        found.setdefault(member.company, []).append(member)
    return found


def _count(into: CompanyFigures, members: Sequence[CompanyMember], open_stages: Collection[str]) -> None:
    into.people = len(members)
    owners: dict[str, int] = {}
    for member in members:
        if member.owner:
            _add(owners, member.owner, 1)
        if member.currency and member.stage in open_stages:
            _add(into.open_value, member.currency, member.amount)
    into.owners = sorted(owners, key=lambda owner: (-owners[owner], owner))
    into.last_seen_at = max((member.last_seen_at for member in members if member.last_seen_at), default=None)


def _add(sums: dict[str, int], key: str, amount: int) -> None:
    sums[key] = sums.get(key, 0) + amount
