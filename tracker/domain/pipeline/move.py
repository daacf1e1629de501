"""Moves: the log from which a lead's stage follows."""

from collections.abc import Iterable
from datetime import datetime

import msgspec


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One stage move with its cause and actor. Moves are never deleted; one without a valid cause is `withdrawn`."""

    id: str
    """Of a rule: `id_of(workspace, lead, rule, cause)`, so that repeated decisions move once."""
    workspace: str
    lead: str
    before: str | None
    stage: str
    at: datetime
    rule: str | None = None
    """The rule that moved the lead; empty for a person or program."""
    cause: str | None = None
    """The event that triggered the rule."""
    actor: str | None = None
    """The rep's id, or `api`; empty for a rule."""
    reason: str | None = None
    withdrawn: bool = False
    is_imported: bool = False
    """Whether it came from another system, with the date that it had there."""


def standing_stage(moves: Iterable[Move], first: str) -> str:
    """The stage of the latest move that is not withdrawn."""
    last = max((m for m in moves if not m.withdrawn), key=lambda m: (m.at, m.id), default=None)
    return last.stage if last else first
