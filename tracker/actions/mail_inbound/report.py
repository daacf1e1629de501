"""What another program reports of a message that it delivered itself: the same consequences as of received mail. Called by the API."""

from datetime import datetime

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.mail.messages import mark_sent
from tracker.actions.mail_inbound import outcomes
from tracker.actions.mail_inbound.receive import time_of
from tracker.base.ids import id_of
from tracker.domain.mail.message import Message, MessageState
from tracker.mail.inbound.cut import split
from tracker.mail.inbound.delivery_status import severity, status_in
from tracker.mail.inbound.inbound_mail import BounceClass
from tracker.mail.inbound.parts import printable
from tracker.mail.threads import known_id

_LONGEST_REASON = 500


def report(
    deps: Deps,
    workspace: str,
    message: str,
    *,
    kind: str,
    id: str | None = None,  # noqa: A002 - as the API calls it
    at: datetime | None = None,
    text: str | None = None,
    sender: str | None = None,
    reason: str | None = None,
    hard: bool | None = None,
) -> Message:
    """Acts on a report; the same one again changes nothing. A message that is not marked as sent was sent by then.

    Without `id` and `at`, reports of one kind with the same text are the same. Raises NotFound, Invalid, Conflict.
    """
    here, now = deps.store.of(workspace), deps.now()
    said = checks.moment("at", at, now) if at else None
    found = here.messages.get(message)
    if found.state not in (MessageState.SENT, MessageState.BOUNCED):
        found = mark_sent(deps, workspace, message, said)
    moment = time_of(deps, found, said)
    key = _key(id) if id and id.strip() else id_of(said.isoformat() if said else "", text or "", reason or "")
    if kind == "reply":
        who = checks.email("sender", sender) if sender else ""
        own, quoted = split((text or "").replace("\r\n", "\n"))
        outcomes.record_reply(deps, found, key=key, at=moment, text=own, quoted=quoted, sender=who)
    elif kind == "bounce":
        words = printable(reason or "", _LONGEST_REASON)
        is_hard = hard if hard is not None else severity(status_in(words), words) is BounceClass.HARD
        outcomes.record_bounce(deps, found, key=key, at=moment, is_hard=is_hard, reason=words)
    elif kind == "complaint":
        outcomes.record_complaint(deps, found, at=moment)
    else:
        outcomes.record_delivery(deps, found, at=moment)
    return here.messages.get(message)


def _key(given: str) -> str:
    """With angle brackets if it is a Message-ID: a mailbox sees the same reply with them."""
    plain = given.strip()
    return known_id(f"<{plain}>") or plain
