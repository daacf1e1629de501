"""The mark: one lead or visitor to recompute. Stored by `dirty_marks`."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from tracker.store.core.client import Document


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One lead or visitor to recompute, because of events between `start` and `end`."""

    workspace: str
    kind: str
    key: str
    start: datetime
    end: datetime
    generation: int
    tries: int
    marked_at: datetime

    @property
    def id(self) -> str:
        """The document's key."""
        return f"{self.workspace}:{self.kind}:{self.key}"

    @property
    def subject(self) -> str:
        """The lead or visitor. The key of a later look names its due time too."""
        return self.key.partition("@")[0]


class Look(NamedTuple):
    """A later look at a lead or visitor: what is not known yet about an event of that moment will be known at the due time."""

    workspace: str
    kind: str
    """`lead` or `visitor`."""
    subject: str
    moment: datetime
    due: datetime


def mark_of(row: Document) -> Mark:
    """The mark of a stored document."""
    return Mark(
        workspace=row["ws"],
        kind=row["kind"],
        key=row["key"],
        start=row["start"],
        end=row["end"],
        generation=row["generation"],
        tries=row["tries"],
        marked_at=row["marked_at"],
    )
