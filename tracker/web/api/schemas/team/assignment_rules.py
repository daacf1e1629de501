"""Schemas of assignment rules."""

from typing import Any, Literal

from pydantic import Field

from tracker.domain.leads.assigned import Assigned
from tracker.domain.team.assignment import AssignmentRule, AssignTo
from tracker.web.api.schemas.base import In, Line, Moment, Out

_CONDITION = "On what is known of a new lead (docs/conditions.md); `all` of none: every lead"
_FORMS = "Ids of forms: only leads who sent one of them; empty: all leads"
_TO = "A rep; the members of a team in turn; or those of the team whose territory has the lead's country"
_EXAMPLE = {"all": [{"field": "country", "in": ["Germany", "Austria"]}]}


class AssignmentRuleIn(In):
    """One rule."""

    name: Line = Field(examples=["German-speaking countries"])
    condition: dict[str, Any] = Field(default_factory=lambda: {"all": []}, description=_CONDITION, examples=[_EXAMPLE])
    forms: list[Line] = Field(default_factory=list, max_length=50, description=_FORMS)
    to: Literal["rep", "team", "territory"] = Field(description=_TO, examples=["territory"])
    rep: Line | None = Field(None, description="The rep's id, for `rep`")
    team: Line | None = Field(None, description="The team's id, for `team`")

    def value(self) -> AssignmentRule:
        """The rule as it is stored."""
        return AssignmentRule(
            name=self.name, condition=self.condition, forms=tuple(self.forms), to=AssignTo(self.to), rep=self.rep, team=self.team
        )


class AssignmentRulesIn(In):
    """All rules in their order; the first that holds, and has a rep who is there, decides."""

    items: list[AssignmentRuleIn] = Field(max_length=50)


class AssignmentRuleOut(Out):
    """One rule."""

    name: str
    condition: dict[str, Any] = Field(description=_CONDITION)
    forms: list[str] = Field(description=_FORMS)
    to: str = Field(description=_TO)
    rep: str | None
    team: str | None


class AssignedOut(Out):
    """By which rule a lead got its first owner."""

    rule: str = Field(description="The rule's name at that time")
    rep: str
    at: Moment


def assignment_rule_out(rule: AssignmentRule) -> AssignmentRuleOut:
    """The rule as a response."""
    return AssignmentRuleOut.model_construct(
        name=rule.name, condition=rule.condition, forms=list(rule.forms), to=rule.to.value, rep=rule.rep, team=rule.team
    )


def assigned_out(assigned: Assigned | None) -> AssignedOut | None:
    """The assignment as a response."""
    return AssignedOut.model_construct(rule=assigned.rule, rep=assigned.rep, at=assigned.at) if assigned else None
