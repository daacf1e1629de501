"""What a workspace changed of the scoring rules, and the rules that it added. Part of the workspace."""

from enum import StrEnum

import msgspec

from tracker.base.ids import id_of

OWN = "own_"
"""The names of own rules begin with it."""


class ScoreTrigger(StrEnum):
    """What an own rule gives points for. Values are stored and part of the API."""

    PAGE = "page"
    """A view of a page that fits `text`."""
    FORM = "form"
    """An inquiry by the form `text` (its id), or by any."""
    OPEN = "open"
    CLICK = "click"
    """A click in an email, on a link to an address that fits `text`, or on any."""
    DOWNLOAD = "download"
    REPLY = "reply"
    CALL = "call"
    """A call that reached the lead."""
    MEETING = "meeting"
    TOUCH = "touch"
    """A touch by the lead, of the type `text`, or of any."""
    FIELD = "field"
    """The field `text` of the lead compares with `value`, as conditions have it. Counts for fit."""
    INACTIVE = "inactive"
    """The last activity of the lead is `days` days ago or longer."""


BY_EVENTS = frozenset(ScoreTrigger) - {ScoreTrigger.FIELD, ScoreTrigger.INACTIVE}


class OwnScoringRule(msgspec.Struct, frozen=True, kw_only=True):
    """A scoring rule of the workspace."""

    name: str
    """What people read as the reason of the points."""
    trigger: ScoreTrigger
    text: str = ""
    comparison: str = ""
    value: str = ""
    days: int = 0
    points: int
    daily: int = 1
    """How often it counts on one local day. This, cap and half-life are only for events."""
    cap: int = 20
    """The maximum points in total."""
    half_life_days: int = 14
    is_on: bool = True

    @property
    def id(self) -> str:
        """Its name in ledgers and day facts. It follows from what the rule matches, so that the facts of sealed days stay true."""
        return OWN + id_of(self.trigger.value, self.text.casefold(), self.comparison, self.value.casefold(), str(self.days))[:16]


class ScoringRuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from a shipped rule besides its points; empty: as shipped."""

    daily: int | None = None
    cap: int | None = None
    half_life_days: int | None = None
    days: int | None = None
    """Of the rule about silence: after how many days."""
    is_off: bool = False
