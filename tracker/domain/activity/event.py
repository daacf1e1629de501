"""The event: evidence plus a verdict. Evidence never changes; the verdict and the lead are derived and may."""

from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.activity.form import FormKind


class EventKind(StrEnum):
    """What happened. Mail clicks and clicks on a page are both `click`; only the first names a message or share link."""

    SENT = "sent"
    OPEN = "open"
    CLICK = "click"
    VIEW = "view"
    SUBMIT = "submit"
    DOWNLOAD = "download"
    UNSUBSCRIBE = "unsubscribe"
    REPLY = "reply"
    BOUNCE = "bounce"
    AWAY = "away"
    """An automatic answer: the lead is absent, or a program acknowledged the mail. No response."""
    CALL = "call"
    MEETING = "meeting"
    CHAT = "chat"
    NOTE = "note"
    TOUCH = "touch"


class Label(StrEnum):
    """What caused an event."""

    HUMAN = "human"
    PROXY = "proxy"
    PREFETCH = "prefetch"
    SCANNER = "scanner"
    SELF = "self"
    DUPLICATE = "duplicate"
    UNSURE = "unsure"
    """The evidence does not decide yet, or never will. Counts for nothing."""
    UNKNOWN = "unknown"


STANDING = frozenset({Label.HUMAN, Label.PROXY})
"""Labels that count: a person, or a mail provider that loads an image because the person opened the mail."""


IMPORTED = "imported"
"""The sign of an event that came from another system with an earlier date: it is shown and counts for nothing."""
OTHER_READER = "other"
"""The `reader` of what someone else did with a lead's mail, which was forwarded (see rules.readers)."""
_INQUIRIES = frozenset({None, FormKind.INQUIRY})


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The cause, the confidence (0 to 1), and the names of the matching rules."""

    label: Label
    confidence: float
    reasons: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One action of a lead, a visitor, a rep or a machine. Times are timezone-aware UTC with milliseconds."""

    id: str
    workspace: str
    kind: EventKind
    at: datetime
    received: datetime
    sequence: str = ""
    """Spool file and row: the last tie-break of the canonical order."""
    verdict: Verdict
    lead: str | None = None
    """Derived: the message's lead, or the lead to whom the visitor was bound at that time."""
    reader: str | None = None
    """Derived: `other` if someone else with the lead's mail did it; None: the lead."""
    message: str | None = None
    share: str | None = None
    link: int = 0
    url: str | None = None
    site: str | None = None
    visitor: str | None = None
    page: str | None = None
    title: str | None = None
    referrer: str | None = None
    target: str | None = None
    fields: dict[str, str] = {}
    """The values of a sent form; of a call, meeting, chat or touch its direction and result.

    Of a reply `from`, where someone else wrote it; of a bounce `severity` (hard, soft, or doubt: hard, if it is one of this message at all), of an automatic answer `until`; `match` is `probably` where address
    and subject alone tell the message.
    """
    form: str | None = None
    """The sent form (see `domain.activity.form`); None for events of older versions."""
    form_kind: FormKind | None = None
    """Derived: the kind of the sent form, as an admin decided or else as guessed. Empty counts as an inquiry."""
    landing: str | None = None
    landing_at: datetime | None = None
    address: str = ""
    agent: str = ""
    headers: dict[str, str] = {}
    signs: tuple[str, ...] = ()
    """What else was noticed, by name: `repaired`, `own`, `rep_address`, `http1.0`, `webdriver`, `activated`, `trusted` (see rules.verdicts),
    `imported`."""
    rules_version: int = 0
    """Version of the rules that gave the verdict; 0 where none did (recorded by a rep, or an older version)."""
    correction: str | None = None
    """What a rep said of its cause: `person`, `machine` or `me`. It decides the verdict."""
    text: str | None = None
    """A rep's text about a call, meeting, chat, touch or note; what a reply or an automatic answer says; the reason of a bounce; of a click on a page, what stands on the link or button."""
    rep: str | None = None
    """Who recorded the event; of an open or click with the sign `own`, the rep whose browser it was."""

    @property
    def order(self) -> tuple[datetime, str, str]:
        """The canonical order: by time, then by creation; independent of arrival."""
        return (self.at, self.id, self.sequence)

    @property
    def is_from_mail(self) -> bool:
        """Whether the event came from a token (mail, LinkedIn, SMS, PDF), not from the snippet."""
        return self.message is not None or self.share is not None

    @property
    def is_touch_by_lead(self) -> bool:
        """Whether a rep recorded that the lead did something, such as attending a webinar."""
        return self.kind is EventKind.TOUCH and self.fields.get("direction") == "in"

    @property
    def is_inquiry(self) -> bool:
        """Whether a form was sent that is an inquiry; other forms neither score nor alert."""
        return self.kind is EventKind.SUBMIT and self.form_kind in _INQUIRIES

    @property
    def is_imported(self) -> bool:
        """Whether it came from another system with an earlier date: it raises no alert, no score and no move."""
        return IMPORTED in self.signs

    @property
    def stands(self) -> bool:
        """Whether it affects scores, visits, stages and alerts."""
        return self.verdict.label in STANDING
