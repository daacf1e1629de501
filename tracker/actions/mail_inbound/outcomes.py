"""What follows from a reply, a bounce, an absence note or a complaint about one of our messages. Called by the mailbox process and the API.

Each has a `key`, such as its Message-ID: with the same key it acts once. Its event is recorded last, so that what a crash left undone is
done again.
"""

import logging
from datetime import date, datetime

from tracker.actions.activity.event_log import changed, record
from tracker.actions.conversations.follow import follow_reply
from tracker.actions.deps import Deps
from tracker.actions.leads import opt_outs
from tracker.actions.mail_inbound.new_address import note_answer, note_bounce
from tracker.actions.mail_relay.not_delivered import tell_not_delivered
from tracker.base.ids import id_of
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.activity.event import EventKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState
from tracker.mail.threads import known_id

log = logging.getLogger(__name__)

LONGEST_TEXT = 5_000
NOT_BOUNCED: dict[str, None] = {"bounced_at": None, "bounce_doubt_at": None, "bounce_reason": None}
"""The fields of a lead whose address works."""
_LONGEST_REASON = 500
PROBABLY = {"match": "probably"}
"""The field of an event that was matched by address and subject alone."""


def record_reply(
    deps: Deps, message: Message, *, key: str, at: datetime, text: str = "", quoted: str = "", sender: str = "", is_certain: bool = True
) -> bool:
    """The lead has answered, and so is reachable: mail that is scheduled for the lead is held back. False if it was recorded before.

    `key` is its Message-ID, where it has one; `quoted` what stands below its own text.
    """
    event = _event(message, EventKind.REPLY, key)
    if _is_known(deps, message, event):
        return False
    here = deps.store.of(message.workspace)
    lead = here.leads.addressee(message.lead)
    _stop_scheduled(deps, message, at)
    other = {"from": sender} if sender and mailbox_key(sender) != mailbox_key(lead.email) else {}
    if not other and (lead.away_until or lead.bounced_at or lead.bounce_doubt_at):
        here.leads.change_own(lead.id, away_until=None, **NOT_BOUNCED)
    if is_certain and message.envelope.copy_to is None:
        note_answer(deps, lead, at, text, sender, shown=message.envelope.to + message.envelope.cc)
    follow_reply(deps, message, event=event, at=at, message_id=known_id(key))
    below = {"quoted": quoted[:LONGEST_TEXT]} if quoted else {}
    fields = other | below | _certainty(is_certain=is_certain)
    return _record(deps, message, event, EventKind.REPLY, at=at, text=text[:LONGEST_TEXT], fields=fields)


def record_bounce(
    deps: Deps, message: Message, *, key: str, at: datetime, is_hard: bool, reason: str = "", is_certain: bool = True
) -> bool:
    """The message was returned: its sender is told. False if recorded before.

    After a hard bounce the lead's address counts as wrong: a certain one, or the second that is probable.
    """
    event = _event(message, EventKind.BOUNCE, key)
    if _is_known(deps, message, event):
        return False
    here, said = deps.store.of(message.workspace), reason[:_LONGEST_REASON] or "The mail server of the recipient returned it."
    lead = here.leads.addressee(message.lead)
    from_states = (MessageState.SENT, MessageState.FAILED, MessageState.DRAFT)
    told = said if is_certain else f"Probably: {said}"
    here.messages.claim(message.id, from_states=from_states, to=MessageState.BOUNCED, error=told, bounced_at=at)
    address = message.envelope.copy_to or lead.email
    counts = is_hard and (is_certain or lead.bounce_doubt_at not in (None, at))  # the same one after a crash is no second one
    if is_hard and message.envelope.copy_to is None and (counts or lead.bounced_at is None):
        since = {"bounced_at": at, "bounce_doubt_at": None} if counts else {"bounce_doubt_at": at}
        here.leads.change_own(lead.id, **since, bounce_reason=said, updated_at=deps.now())
    if is_certain and message.envelope.copy_to is None:
        note_bounce(deps, lead, at, reason)
    if message.rep:
        about = {"rep": message.rep, "recipient": address, "subject": message.subject, "reason": told, "lead": lead.id}
        tell_not_delivered(deps, message.workspace, cause=message.id, **about)
    if message.envelope.copy_to is not None:
        return True  # it says nothing about the lead
    fields = {"severity": "hard" if counts else "doubt" if is_hard else "soft"} | _certainty(is_certain=is_certain)
    return _record(deps, message, event, EventKind.BOUNCE, at=at, text=said, fields=fields)


def set_bounced(deps: Deps, workspace: str, lead: str, *, is_bounced: bool) -> Lead:
    """A rep or a program says that the lead's address is wrong, or that it works. The time and words of the first bounce are kept."""
    here, now = deps.store.of(workspace).leads, deps.now()
    found = here.get(lead)
    if not is_bounced:
        return here.change(lead, **NOT_BOUNCED, updated_at=now)
    return here.change(lead, bounced_at=found.bounced_at or found.bounce_doubt_at or now, bounce_doubt_at=None, updated_at=now)


def record_absence(
    deps: Deps, message: Message, *, key: str, at: datetime, text: str = "", until: date | None = None, is_certain: bool = True
) -> bool:
    """An automatic answer: noted, with the last day where it names one. It is no response. False if it was recorded before."""
    event = _event(message, EventKind.AWAY, key)
    if _is_known(deps, message, event):
        return False
    if until is not None and until >= deps.now().date():
        deps.store.of(message.workspace).leads.change_own(message.lead, away_until=until)
    if is_certain and message.envelope.copy_to is None:
        lead = deps.store.of(message.workspace).leads.addressee(message.lead)
        note_answer(deps, lead, at, text, shown=message.envelope.to + message.envelope.cc)
    fields = {"until": until.isoformat()} if until else {}
    return _record(deps, message, event, EventKind.AWAY, at=at, text=text[:LONGEST_TEXT], fields=fields)


def record_complaint(deps: Deps, message: Message, *, at: datetime) -> bool:
    """The lead called the message spam: no more mail. False if the lead had opted out before."""
    if deps.store.of(message.workspace).leads.addressee(message.lead).opted_out_at is not None:
        return False
    opt_outs.opt_out(deps, message.workspace, message.lead, at=at)
    log.info("complaint", extra={"mail": message.id})
    return True


def record_delivery(deps: Deps, message: Message, *, at: datetime) -> bool:
    """The recipient's server accepted the message. False if that was known."""
    if message.delivered_at is not None:
        return False
    deps.store.of(message.workspace).messages.change(message.id, delivered_at=at)
    changed(deps, message.workspace, message.lead, at)
    return True


def _event(message: Message, kind: EventKind, key: str) -> str:
    return id_of(message.workspace, message.id, kind.value, key)


def _is_known(deps: Deps, message: Message, event: str) -> bool:
    return bool(deps.store.of(message.workspace).events.by_ids([event]))


def _certainty(*, is_certain: bool) -> dict[str, str]:
    return {} if is_certain else PROBABLY


def _record(deps: Deps, message: Message, event: str, kind: EventKind, *, at: datetime, text: str, fields: dict[str, str]) -> bool:
    values = {"lead": message.lead, "message": message.id, "text": text or None, "fields": fields}
    is_new = record(deps, message.workspace, event, kind, at=at, **values)  # type: ignore[arg-type]
    log.info("mail came back", extra={"kind": kind.value, "mail": message.id})
    return is_new


def _stop_scheduled(deps: Deps, message: Message, at: datetime) -> None:
    """Makes drafts of messages that were scheduled for the lead before the reply. Those of an email client go on."""
    here = deps.store.of(message.workspace).messages
    for waiting in here.scheduled_for(message.lead):
        if waiting.envelope.copy_to is None and not waiting.relayed and (waiting.queued_at is None or waiting.queued_at <= at):
            here.stop(waiting.id, error="Not sent, because the lead replied before.")
