"""The visitor: one browser, anonymous until it is bound to a lead. Derived; see `rules.identity`."""

from datetime import datetime, timedelta

import msgspec

_TEST = timedelta(minutes=30)


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """A browser with its bindings to leads over time; anonymous without any."""

    id: str
    workspace: str
    bindings: tuple["Binding", ...] = ()
    forwarded: bool = False
    own: bool = False
    """Whether it is a rep's browser: its visits count for nothing."""

    def binding_at(self, moment: datetime) -> "Binding | None":
        """The binding at that time. Events before the first binding belong to it."""
        past = [b for b in self.bindings if b.since <= moment]
        return past[-1] if past else next(iter(self.bindings), None)

    def lead_at(self, moment: datetime) -> str | None:
        """The lead at that time."""
        binding = self.binding_at(moment)
        return binding.lead if binding else None

    def reader_at(self, moment: datetime) -> str | None:
        """`other` while the browser is someone else's with the lead's mail."""
        binding = self.binding_at(moment)
        return binding.reader if binding else None

    def is_own_at(self, moment: datetime) -> bool:
        """Whether it is a rep's and not in a test: a test mail that the rep followed shows the browser as a lead's for half an hour."""
        return self.own and not any(abs(moment - binding.since) < _TEST for binding in self.bindings)


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """The lead of the browser from `since` until the next binding, and the click that caused it."""

    lead: str
    since: datetime
    click: str
    reader: str | None = None
    """`other` if someone else with the lead's mail made the click: never merged with the lead's own browsers."""
