"""A received mail: read, matched with one of our messages, and acted on. Called by the mailbox process."""

import hashlib
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.mail_inbound import outcomes
from tracker.actions.mail_inbound.find_message import find_message
from tracker.domain.mail.message import Message
from tracker.mail.inbound.inbound_mail import Bounce, BounceClass, InboundKind, InboundMail
from tracker.mail.inbound.reader import read_mail
from tracker.rules.mail.matching import MailMatch


def receive(deps: Deps, workspace: str, raw: bytes) -> InboundKind | None:
    """Acts on one mail of a mailbox. The kind it had, or None where it is about none of our messages: then nothing of it is stored."""
    mail = read_mail(raw, deps.now())
    match = find_message(deps, workspace, mail)
    if match is None:
        return None
    message = deps.store.of(workspace).messages.get(match.message)
    key = mail.message_id or hashlib.sha256(raw).hexdigest()
    _act(deps, message, mail, match, key)
    return mail.kind


def _act(deps: Deps, message: Message, mail: InboundMail, match: MailMatch, key: str) -> None:
    at = time_of(deps, message, mail.at)
    if mail.kind is InboundKind.BOUNCE and mail.bounce:
        _bounce(deps, message, mail.bounce, key, at, is_certain=match.is_certain)
    elif mail.kind is InboundKind.COMPLAINT:
        outcomes.record_complaint(deps, message, at=at)
    elif mail.kind is InboundKind.AWAY:
        if match.is_to_lead:
            outcomes.record_absence(deps, message, key=key, at=at, text=mail.text, until=mail.until, is_certain=match.is_certain)
    else:
        texts = {"text": mail.text, "quoted": mail.quoted, "sender": mail.sender}
        outcomes.record_reply(deps, message, key=key, at=at, is_certain=match.is_certain, **texts)


def _bounce(deps: Deps, message: Message, bounce: Bounce, key: str, at: datetime, *, is_certain: bool) -> None:
    if bounce.severity is BounceClass.DELAYED:
        return  # the server still tries
    is_hard = bounce.severity is BounceClass.HARD
    outcomes.record_bounce(deps, message, key=key, at=at, is_hard=is_hard, reason=bounce.reason, is_certain=is_certain)


def time_of(deps: Deps, message: Message, said: datetime | None) -> datetime:
    """The time of what came back: as it says, but not before the message and not in the future."""
    now, sent = deps.now(), message.sent_at or message.created_at
    at = min(max(said or now, sent), now)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
