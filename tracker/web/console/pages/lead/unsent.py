"""Unsent messages of a lead: those that wait and those that failed, for the lead page. Drafts of programs are not listed."""

from dataclasses import dataclass
from datetime import timedelta

from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import WAITING
from tracker.rules.visibility import may_act_as
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.text.mail.sending_text import waiting_note
from tracker.web.console.text.mail.status_text import MessageStatus, status_of

_SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class UnsentMessage:
    """One line of the list."""

    id: str
    subject: str
    status: MessageStatus
    note: str
    may_cancel: bool


def unsent_of(lead: Lead, *, is_first: bool) -> list[UnsentMessage]:
    """Newest first; none on pages of earlier events."""
    user, now = current_user(), deps().now()
    zone = zone_of(user.rep.timezone)
    return [
        UnsentMessage(
            id=message.id,
            subject=f"{message.subject} (copy to {copy})" if (copy := message.envelope.copy_to) else message.subject,
            status=status_of(message),
            note=waiting_note(message, zone, now) or status_of(message).note,
            may_cancel=message.state in WAITING and may_act_as(user.viewer, message.rep),
        )
        for message in (workspace_store().messages.unsent_of_lead(lead.id, now - _SHOWN_FOR) if is_first else ())
    ]
