"""What the title and the text of an alert are made of, and the names in them. Pure; used by rules.alerting.title and text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import Dwell
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.rules.page_names import page_name


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What the text needs besides the alert itself."""

    lead: Lead
    subjects: Mapping[str, str]
    """Subjects of messages by id."""
    dwells: Mapping[tuple[str, str], Dwell]
    visits_today: int
    """The number of this episode on the lead's local day, from 1."""
    stage: str
    stage_since: datetime | None
    score: int
    change: int
    zone: str
    """The lead's time zone, or the workspace's if the lead's is unknown."""
    messages: Mapping[str, MessageBrief] = field(default_factory=dict)
    """Messages by id, for the send time."""
    proposals: Collection[str] = ()
    """The ids of those that are proposals."""
    inquiry: Inquiry | None = None
    """Of an alert about an inquiry."""
    home_zone: str = "UTC"
    """The workspace's time zone."""


def is_proposal(event: Event, context: AlertContext) -> bool:
    """Whether the event is about a proposal."""
    return event.message in context.proposals


def subject_of(event: Event, context: AlertContext) -> str:
    """The subject of the event's message; empty if there is none."""
    return clean(context.subjects.get(event.message or "", ""))


def page_of(event: Event) -> str:
    """The name of the event's page."""
    return page_name(event.url, event.title)


def clean(text: str) -> str:
    """The text in one line, without control characters."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())
