"""Reads one received mail: what it is, and what it says. Called by actions and the mailbox process."""

import re
from datetime import datetime
from email.message import Message

from tracker.mail.inbound import absence, notices
from tracker.mail.inbound.cut import cut, has_quote, split
from tracker.mail.inbound.delivery_status import bounce_of, is_success, returned, status_parts
from tracker.mail.inbound.inbound_mail import Bounce, InboundKind, InboundMail
from tracker.mail.inbound.parts import Mail, address, body, date_of, header, ids, leaves, parse, plain_text, text_in
from tracker.rules.mail.proposals import is_reply

_URL = re.compile(r"https?://[^\s<>\"'\])]{1,4000}")
_RETURNED_ID = re.compile(r"^message-id:[ \t]*(<[^\s<>@]{1,500}@[^\s<>@]{1,400}>)", re.IGNORECASE | re.MULTILINE)
_MOST_LINKS = 200
_COMPLAINTS = frozenset(("abuse", "fraud", "opt-out", "miscategorized"))


def read_mail(raw: bytes, now: datetime) -> InboundMail:
    """What the mail is and says; `now` counts for a mail without a date. Never raises."""
    try:
        return _read(parse(raw), now)
    except (TypeError, ValueError, LookupError, AttributeError, AssertionError):  # the standard library's, of broken parameters
        return InboundMail(kind=InboundKind.OTHER)


def _read(mail: Mail, now: datetime) -> InboundMail:
    if is_complaint(mail):
        return _about(mail, InboundKind.COMPLAINT)
    bounce = _bounce(mail)
    if bounce:
        return _about(mail, InboundKind.BOUNCE, bounce)
    if mail.get_content_type() == "multipart/report" or status_parts(mail):
        return _mail(mail, InboundKind.OTHER)
    if absence.is_automatic_answer(mail):
        return _absent(mail, now)
    return _mail(mail, InboundKind.REPLY if _is_reply(mail) else InboundKind.OTHER)


def is_complaint(mail: Mail) -> bool:
    """Whether it is a feedback report (RFC 5965) about an unwanted mail."""
    for part in leaves(mail):
        if part.get_content_type() == "message/feedback-report":
            content = part.get_payload()
            first = content[0] if isinstance(content, list) and content else None
            group = first if isinstance(first, Message) else parse(text_in(part).encode("utf-8", "replace"))
            return header(group, "feedback-type").lower() in _COMPLAINTS
    return False


def _bounce(mail: Mail) -> Bounce | None:
    is_report = mail.get_content_type() == "multipart/report"
    kind = str(mail.get_param("report-type", "")).lower()
    if is_report and kind not in ("", "delivery-status"):
        return None
    if status_parts(mail) and (is_report or notices.is_from_a_server(mail)) and (found := bounce_of(mail)):
        return found
    return None if is_success(mail) else notices.notice_of(mail)


def _is_reply(mail: Mail) -> bool:
    subject = header(mail, "subject")
    if absence.is_bulk(mail) or (notices.is_from_a_server(mail) and not is_reply(subject)):
        return False
    return bool(ids(mail, "in-reply-to", "references")) or is_reply(subject) or has_quote(plain_text(mail))


def _absent(mail: Mail, now: datetime) -> InboundMail:
    text = cut(plain_text(mail))
    sent = date_of(mail) or now
    return _mail(mail, InboundKind.AWAY, until=absence.until(f"{header(mail, 'subject')}\n{text}", sent.date()))


def _about(mail: Mail, kind: InboundKind, bounce: Bounce | None = None) -> InboundMail:
    """A bounce or complaint, with what the returned mail says of itself."""
    original = returned(mail)
    if original is None:
        text = notices.returned_text(plain_text(mail))
        start = text.find("\n") + 1 if text.startswith("-") else 0
        original = parse(text[start:].lstrip("\n").encode("utf-8", "replace"))
    named = ids(original, "message-id") or ids(mail, "in-reply-to", "references", "original-message-id", "x-original-message-id")
    named = named or tuple(_RETURNED_ID.findall(plain_text(mail)))[:1]
    return _mail(mail, kind, bounce=bounce, answers=named, original=original)


def _mail(mail: Mail, kind: InboundKind, *, original: Mail | None = None, **fields: object) -> InboundMail:
    name, sender = address(mail, "from")
    values: dict[str, object] = {
        "sender": sender,
        "sender_name": name,
        "subject": header(mail, "subject"),
        "message_id": next(iter(ids(mail, "message-id")), None),
        "answers": ids(mail, "in-reply-to", "references"),
        **_texts(mail, kind),
        "links": _links(mail, original),
        "original_subject": header(original, "subject") if original is not None else "",
        "at": date_of(mail),
        **fields,
    }
    return InboundMail(kind=kind, **values)  # type: ignore[arg-type]


def _texts(mail: Mail, kind: InboundKind) -> dict[str, str]:
    if kind not in (InboundKind.REPLY, InboundKind.AWAY, InboundKind.OTHER):
        return {}
    own, quoted = split(plain_text(mail))
    return {"text": own, "quoted": quoted}


def _links(mail: Mail, original: Mail | None) -> tuple[str, ...]:
    texts = [*body(mail), *(body(original) if original is not None else ())]
    found = (url for text in texts for url in _URL.findall(text.replace("&amp;", "&")))
    return tuple(dict.fromkeys(found))[:_MOST_LINKS]
