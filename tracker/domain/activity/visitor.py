"""The visitor: one browser, anonymous until it is bound to a lead. Derived; see `rules.identity`."""

from datetime import datetime

import msgspec


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """A browser, and to whom it was bound from when on. Anonymous where `bindings` is empty."""

    id: str
    workspace: str
    bindings: tuple["Binding", ...] = ()
    forwarded: bool = False

    def lead_at(self, moment: datetime) -> str | None:
        """Whose browser it was then. What came before the first binding belongs to that first lead."""
        if not self.bindings:
            return None
        past = [b for b in self.bindings if b.since <= moment]
        return (past[-1] if past else self.bindings[0]).lead


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` on (until the next binding) this browser belonged to that lead, because of that click."""

    lead: str
    since: datetime
    click: str
