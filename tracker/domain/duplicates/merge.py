"""Merged leads: one lead answers for another one, whose records keep its id."""

from datetime import datetime
from typing import Any

import msgspec


class Merged(msgspec.Struct, frozen=True):
    """That another lead answers for this one."""

    into: str
    """The id of the lead that was kept; it may be merged with another one in turn."""
    at: datetime
    by: str | None = None
    """The rep; None: a program."""


class MergedValues(msgspec.Struct, frozen=True):
    """What a lead took over when `lead` was merged with it, so that the undo takes it back.

    Names are fields of Lead, and `fields.NAME` for custom fields; values are as documents hold them. `stage` and `created_at` are those of
    the merged lead.
    """

    lead: str
    at: datetime
    values: dict[str, Any]
    former: dict[str, Any]
    """What the fields had before. `stage`, `created_at` and what belongs to them: as they were before the first merge."""
    chosen: tuple[str, ...] = ()
    """Fields for which a person chose the value of the merged lead."""
    is_parting: bool = False
    """Whether the merge is being taken back, by a person: not one that was interrupted before anyone was told of it."""
