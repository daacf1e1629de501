"""One line of a lead's timeline. Pure."""

from dataclasses import dataclass
from datetime import datetime

from tracker.web.console.pages.lead.log.visit_card import VisitCard
from tracker.web.console.text.mail.status_text import MessageStatus

CAUSES = {"person": "A person", "machine": "Automatic", "me": "That was me"}
"""The labels of `corrections.CAUSES`."""


@dataclass(frozen=True, slots=True)
class CauseMenu:
    """The menu with which a rep corrects the cause of an event, or of the visit that the event belongs to."""

    event: str
    correction: str | None
    """The cause as it was corrected."""
    choices: tuple[tuple[str, str], ...]
    """The values and labels of the other causes."""
    is_own: bool = False
    """Whether a rep's marked browser caused it: *Count it* is offered."""

    @property
    def said(self) -> str:
        """The corrected cause in words."""
        return f"Your team set the cause: {CAUSES[self.correction].lower()}." if self.correction in CAUSES else ""


@dataclass(frozen=True, slots=True)
class Edition:
    """What a note said before a change, and when it was changed by whom; the latest first."""

    text: str
    about: str
    who: str
    when: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline: a visit, folded automatic requests, an event or a stage move."""

    at: datetime
    icon: str
    text: str
    note: str = ""
    message: str | None = None
    status: MessageStatus | None = None
    fields: tuple[tuple[str, str], ...] = ()
    visit: VisitCard | None = None
    visited: str = "Visited your site"
    """The headline of a visit."""
    folded: tuple["TimelineEntry", ...] = ()
    withdrawn: bool = False
    is_unconfirmed: bool = False
    is_imported: bool = False
    """Whether it came from another system with its date there."""
    reasons: tuple[str, ...] = ()
    """Why the event does not count, in sentences."""
    cause: CauseMenu | None = None
    record: str = ""
    """The id of the note that can be edited."""
    editions: tuple["Edition", ...] = ()
    event: str = ""
    """The id of the event, or of the visit's event that was shown last."""
