"""Assigns new leads by the rules of the workspace. Used where leads are added: forms, programs, imports."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from tracker.actions.deps import Deps
from tracker.base.errors import Conflict
from tracker.domain.leads.assigned import Assigned
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.assignment.choose import AssignmentChoice, AssignmentContext, choice_for, team_choice
from tracker.rules.sources.names import present_names


class Assigner:
    """Reads reps and sources once, for any number of leads."""

    def __init__(self, deps: Deps, workspace: Workspace) -> None:
        self._deps, self._workspace = deps, workspace
        self._store = deps.store.of(workspace.id)
        self._companies: dict[str, Company | None] = {}
        self._context: AssignmentContext | None = self._loaded() if workspace.assignment_rules else None

    def _loaded(self) -> AssignmentContext:
        reps = {rep.id: rep for rep in self._store.reps.active()}
        return AssignmentContext(self._workspace, reps, self._deps.now(), present_names(self._store.sources.all()))

    def assigned(self, leads: Sequence[Lead], form: str | None = None) -> list[Lead]:
        """The same leads, those without an owner with the one that a rule chooses. `form`: the id of the form that they sent."""
        choices = [self._choice(lead, form) for lead in leads]
        turns = {choice: self._taken(choice, count) for choice, count in Counter(filter(None, choices)).items()}
        return [self._with(lead, choice, turns[choice].pop(0)) if choice else lead for lead, choice in zip(leads, choices, strict=True)]

    def choice(self, lead: Lead, form: str | None = None) -> AssignmentChoice | None:
        """What would be chosen, without taking a turn; None: no rule decides."""
        if self._context is None:
            return None
        return choice_for(lead, self._company(lead.company_id), form, self._context)

    def next_by_rules(self, lead: Lead) -> str | None:
        """The rep whom a rule chooses for the lead; takes the turn. None: no rule decides."""
        found = self.choice(lead)
        return self._taken(found, 1)[0] if found else None

    def next_of_team(self, team: str) -> str | None:
        """The member of the team whose turn it is, of those who are there, else the leader; takes the turn. None: no one is there."""
        self._context = self._context or self._loaded()
        found = team_choice("", team, self._context)
        return self._taken(found, 1)[0] if found else None

    def assign_known(self, lead: Lead, form: str | None = None) -> Lead:
        """A stored lead that inquires without having an owner: with the one that a rule chooses, stored."""
        lead = lead if lead.merged is None else self._store.leads.get(lead.id)
        found = self.assigned([lead], form)[0]
        if found.owner == lead.owner or found.assigned is None or lead.archived_at:
            return lead
        try:
            values = {"owner": found.owner, "owner_since": found.assigned.at, "assigned": found.assigned, "updated_at": found.assigned.at}
            return self._store.leads.change(lead.id, version=lead.version, **values)
        except Conflict:  # changed meanwhile by a person or program that saw its owner
            return self._store.leads.get(lead.id)

    def _company(self, company: str | None) -> Company | None:
        if company is None:
            return None
        if company not in self._companies:
            self._companies[company] = self._store.companies.find(company)
        return self._companies[company]

    def _choice(self, lead: Lead, form: str | None) -> AssignmentChoice | None:
        return None if lead.owner else self.choice(lead, form)

    def _taken(self, choice: AssignmentChoice, count: int) -> list[str]:
        if not choice.turns or len(choice.reps) == 1:
            return [choice.reps[0]] * count
        return self._store.assignment_turns.take(choice.turns, choice.reps, count)

    def _with(self, lead: Lead, choice: AssignmentChoice, rep: str) -> Lead:
        now = self._context.now if self._context else lead.updated_at
        return msgspec.structs.replace(lead, owner=rep, assigned=Assigned(choice.rule, rep, now))
