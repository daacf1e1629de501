"""Changes of leads as they are undone: which fields were set, with the values before and after. Kept for a day."""

from datetime import datetime
from typing import Any

import msgspec


class FieldChange(msgspec.Struct, frozen=True):
    """The value of a field before and after, as it is stored."""

    old: Any
    new: Any


class LeadChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one change did to one lead. All rows of a change, such as one of many leads at once, have the same `change`."""

    id: str
    workspace: str
    change: str
    lead: str
    actor: str
    """The rep's id, `api` or `automation`."""
    at: datetime
    kind: str = "edit"
    """`edit`, `bulk`, `undo`, `import` or `automation`."""
    fields: dict[str, FieldChange] = {}
    """By the lead's field; a custom field is `fields.<name>`."""
    move: str | None = None
    """The stage move that the change logged, withdrew or restored; its `old` and `new` stage are in `fields`."""
    is_withdrawn: bool = False
    """Whether the change withdrew that move."""
    task: FieldChange | None = None
    """The task before and after; None in it: there was none, or none was left."""
    record: FieldChange | None = None
    """The note or sale before and after; None in it: there was none, or it was deleted."""
    record_kind: str = ""
    """Of `record`: `note` or `sale`."""
    added: dict[str, str] = {}
    """The ids of records that were added with it: of a `note`, a `sale`, and of the tasks `hand_over` and `keep_in_touch` of a won lead."""
    undone_by: str | None = None
    """The change that undid this one."""
