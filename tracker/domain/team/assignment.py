"""The assignment rule: which rep gets a new lead that names no owner. Part of the workspace."""

from enum import StrEnum
from typing import Any

import msgspec


class AssignTo(StrEnum):
    """Who gets the lead. Values are stored and part of the API."""

    REP = "rep"
    TEAM = "team"
    """The members of a team in turn."""
    TERRITORY = "territory"
    """The members of the team that is responsible for the lead's country, in turn."""


class AssignmentRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. The first rule that holds for a lead, and has a rep who is there, decides."""

    name: str
    condition: dict[str, Any]
    """As JSON has it (rules.conditions.condition), on what is known of a new lead."""
    forms: tuple[str, ...] = ()
    """Ids of forms: the rule is only for leads who sent one of them; empty: for every lead."""
    to: AssignTo
    rep: str | None = None
    """The rep, for `rep`."""
    team: str | None = None
    """The team, for `team`."""
