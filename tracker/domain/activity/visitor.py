"""The visitor: one browser, anonymous until it is bound to a lead. Derived; see `rules.identity`."""

from datetime import datetime

import msgspec


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """A browser with its bindings to leads over time; anonymous without any."""

    id: str
    workspace: str
    bindings: tuple["Binding", ...] = ()
    forwarded: bool = False

    def lead_at(self, moment: datetime) -> str | None:
        """The lead at that time. Events before the first binding belong to its lead."""
        if not self.bindings:
            return None
        past = [b for b in self.bindings if b.since <= moment]
        return (past[-1] if past else self.bindings[0]).lead


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """The lead of the browser from `since` until the next binding, and the click that caused it."""

    lead: str
    since: datetime
    click: str
