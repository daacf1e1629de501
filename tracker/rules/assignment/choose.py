"""Which rule assigns a new lead, and the reps between whom it chooses. Pure; actions.assignment takes the turn and stores it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tracker.base.countries import code_of
from tracker.base.errors import Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.team.assignment import AssignmentRule, AssignTo
from tracker.domain.team.rep import Rep
from tracker.domain.team.team import Team
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.assignment.presence import those_there
from tracker.rules.conditions.condition import parsed
from tracker.rules.conditions.fields import CUSTOM
from tracker.rules.conditions.lead_tests import passes
from tracker.rules.conditions.lower import ConditionContext, lowered
from tracker.rules.scoring.fit import fit_values, profile_of

NEW_FIELDS = (
    *("source", "source_detail", "country", "company", "tags", "industry", "size", "budget", "category"),
    *("name", "email", "job_title", "phone", "external_url", "buying_role", "timeline", "need", "referred_by", "next_action"),
)
"""The fields of conditions that a lead can have when it is added; custom fields too."""


def is_known_of_new(name: str) -> bool:
    """Whether a condition on this field can hold for a new lead."""
    return name in NEW_FIELDS or name.startswith(CUSTOM)


@dataclass(frozen=True, slots=True)
class AssignmentContext:
    """What a choice depends on besides the lead."""

    workspace: Workspace
    reps: Mapping[str, Rep]
    now: datetime
    sources: Mapping[str, str] = field(default_factory=dict)
    """As in ConditionContext."""


@dataclass(frozen=True, slots=True)
class AssignmentChoice:
    """The rule that decides, and the reps who take turns. `turns`: whose round it is, a team's id; empty for one rep."""

    rule: str
    reps: tuple[str, ...]
    turns: str = ""


def choice_for(lead: Lead, company: Company | None, form: str | None, context: AssignmentContext) -> AssignmentChoice | None:
    """The choice of the first rule that holds and has a rep who is there; None: no rule decides. `form`: the id of the form it sent."""
    known = msgspec.structs.replace(lead, derived=msgspec.structs.replace(lead.derived, profile=profile_of(lead, company)))
    for rule in context.workspace.assignment_rules:
        if not _holds(rule, known, form, context):
            continue
        if (found := _reps_of(rule, known, company, context)) is not None:
            return found
    return None


def team_choice(name: str, team: str, context: AssignmentContext) -> AssignmentChoice | None:
    """The members of a team who are there, in turn, else its leader; `name` is that of the rule. None: no one is there."""
    found = next((one for one in context.workspace.teams if one.id == team), None)
    return _of_team(name, found, context) if found else None


def _holds(rule: AssignmentRule, lead: Lead, form: str | None, context: AssignmentContext) -> bool:
    if rule.forms and form not in rule.forms:
        return False
    try:
        condition = parsed(rule.condition)
    except Invalid:  # of a version with other fields
        return False
    zone = zone_of(context.workspace.timezone)
    return passes(lowered(condition, ConditionContext(context.workspace, context.now, zone, sources=context.sources)), lead)


def _reps_of(rule: AssignmentRule, lead: Lead, company: Company | None, context: AssignmentContext) -> AssignmentChoice | None:
    match rule.to:
        case AssignTo.REP:
            return _of_rep(rule, context)
        case AssignTo.TEAM:
            teams = [team for team in context.workspace.teams if team.id == rule.team]
        case AssignTo.TERRITORY:
            countries = {code for value in fit_values(lead, company, "location") if (code := code_of(value))}
            teams = [team for team in context.workspace.teams if countries & set(team.territory)]
    return next((found for team in teams if (found := _of_team(rule.name, team, context)) is not None), None)


def _of_rep(rule: AssignmentRule, context: AssignmentContext) -> AssignmentChoice | None:
    """The rep; while that one is away, a teammate in turn, else the leader of the team."""
    rep = rule.rep or ""
    if _there((rep,), context):
        return AssignmentChoice(rule.name, (rep,))
    teams = [team for team in context.workspace.teams if rep in team.members]
    return next((found for team in teams if (found := _of_team(rule.name, team, context)) is not None), None)


def _of_team(name: str, team: Team, context: AssignmentContext) -> AssignmentChoice | None:
    """The members who are there, in turn; else the leader."""
    if members := _there(team.members, context):
        return AssignmentChoice(name, members, team.id)
    leader = _there((team.leader,) if team.leader else (), context)
    return AssignmentChoice(name, leader) if leader else None


def _there(reps: tuple[str, ...], context: AssignmentContext) -> tuple[str, ...]:
    return those_there(reps, context.reps, context.now, context.workspace.timezone)
