"""Contacts: when the company contacted a lead, and when the lead responded. Pure; called by workers.recompute.leads.

First contact is the company's: a call (reached or attempted), a meeting, a chat, or an email sent by a person. A response is the
lead's: a reply, an inquiry, a call in which the lead was reached, a meeting, or any contact that the lead began.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.score import DayFacts

INQUIRIES = ("consultation_form", "form")
_RESPONSES = (*INQUIRIES, "reply")
"""Names of scoring rules, by which day facts count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """The contacts with one lead up to now."""

    first_contact_at: datetime | None = None
    """The first one by the company."""
    last_contact_at: datetime | None = None
    """The last one either way."""
    last_response_at: datetime | None = None
    waits_since: datetime | None = None
    """The first contact by the company since the lead's last response; None while the lead owes no response."""
    inquired_at: datetime | None = None
    """The last inquiry, if the company has not contacted the lead since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyContact:
    """One contact by the company."""

    at: datetime
    rep: str | None
    how: str
    """call, meeting, chat, touch or email."""


def contacts_by_company(notes: Iterable[Note], messages: Iterable[MessageBrief]) -> list[CompanyContact]:
    """Calls, meetings, chats and touches by the company, and emails that a person sent to the lead."""
    found = [CompanyContact(at=note.at, rep=note.rep, how=note.kind) for note in notes if note.is_by_company]
    sent = [(message.sent_at, message.rep) for message in messages if message.sent_at and _is_personal(message)]
    return found + [CompanyContact(at=at, rep=rep, how="email") for at, rep in sent]


def contacts_of(notes: Iterable[Note], messages: Iterable[MessageBrief], days: Iterable[DayFacts]) -> Contacts:
    """The contacts that follow from a lead's notes, messages and day facts."""
    known, facts = list(notes), list(days)
    ours = [contact.at for contact in contacts_by_company(known, messages)]
    inquiries = _last_times(facts, INQUIRIES)
    theirs = [*(note.at for note in known if note.is_by_lead), *_last_times(facts, _RESPONSES)]
    last_ours, last_theirs, inquired = max(ours, default=None), max(theirs, default=None), max(inquiries, default=None)
    unanswered = [at for at in ours if last_theirs is None or at > last_theirs]
    return Contacts(
        first_contact_at=min(ours, default=None),
        last_contact_at=max([*ours, *theirs], default=None),
        last_response_at=last_theirs,
        waits_since=min(unanswered, default=None),
        inquired_at=inquired if inquired and (last_ours is None or last_ours < inquired) else None,
    )


def contact_times(notes: Iterable[Note], messages: Iterable[MessageBrief], days: Iterable[DayFacts]) -> list[datetime]:
    """All contacts either way; of responses that day facts count, the last of each day."""
    known = list(notes)
    return [*(contact.at for contact in contacts_by_company(known, messages)), *response_times(known, days)]


def response_times(notes: Iterable[Note], days: Iterable[DayFacts]) -> list[datetime]:
    """When the lead responded; of responses that day facts count, the last of each day."""
    return [*(note.at for note in notes if note.is_by_lead), *_last_times(days, _RESPONSES)]


def _is_personal(message: MessageBrief) -> bool:
    """Whether a person wrote to the lead: no copy to someone else, nothing that was sent by itself, and no campaign of a program."""
    return message.envelope.copy_to is None and not message.automatic and (message.rep is not None or message.campaign is None)


def _last_times(days: Iterable[DayFacts], names: Iterable[str]) -> list[datetime]:
    """When each of these was counted last on each day."""
    wanted = frozenset(names)
    return [count.last_at for day in days for name, count in day.counts.items() if name in wanted]
