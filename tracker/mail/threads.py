"""Conversations: Message-IDs, References and the subject of an answer (RFC 5322, 3.6.4)."""

import re
from collections.abc import Iterable

from tracker.base.errors import Invalid
from tracker.rules.mail.proposals import is_reply

_MOST_REFERENCES = 20
"""The first Message-ID of a conversation and its last ones are kept, as RFC 5537, 3.4.4 advises."""
_LONGEST_ID = 900
_ID = re.compile(r"<[^\s<>@\x00-\x20\x7f]+@[^\s<>@\x00-\x20\x7f]+>")
_SES_HOST = re.compile(r"email-smtp(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_SES_ANSWER = re.compile(r"250 (?:2\.\d\.\d )?ok (?P<id>[0-9a-z]{16}-[0-9a-z-]{36}-[0-9]{6})", re.IGNORECASE)
_SES_FIRST = "us-east-1"
"""Amazon's region whose Message-IDs end in `email.amazonses.com`; those of the others name the region."""


def message_id(field: str, text: str) -> str:
    """One Message-ID with angle brackets. Raises Invalid."""
    plain = text.strip()
    with_brackets = plain if plain.startswith("<") else f"<{plain}>"
    if not (plain.isascii() and len(plain) <= _LONGEST_ID and _ID.fullmatch(with_brackets)):
        raise Invalid(field, "must be a Message-ID such as <a1b2@mail.example.com>")
    return with_brackets


def known_id(text: str) -> str | None:
    """The Message-ID that the text is, if it is one."""
    return text if text.isascii() and len(text) <= _LONGEST_ID and _ID.fullmatch(text) else None


def told_id(answer: str, host: str, *, own: str, addresses: Iterable[str]) -> str | None:
    """The Message-ID that the server `host` gave the message in place of `own`, if its reply to the message says so.

    Exchange writes it in angle brackets, in which other servers repeat one of the `addresses` of the message. Amazon SES writes its first
    part alone.
    """
    if (region := _SES_HOST.fullmatch(host.lower().removesuffix("."))) and (ses := _SES_ANSWER.fullmatch(answer)):
        return f"<{ses['id']}@{'email' if region['region'] == _SES_FIRST else region['region']}.amazonses.com>"
    ignored = {f"<{address}>".casefold() for address in addresses}
    told = [found for found in _ID.findall(answer) if found.isascii() and len(found) <= _LONGEST_ID and found.casefold() not in ignored]
    return None if own in told else next(iter(told), None)


def references(field: str, given: Iterable[str], in_reply_to: str | None) -> tuple[str, ...]:
    """The Message-IDs of a conversation, oldest first, that end with the message answered. Raises Invalid."""
    chain = list(dict.fromkeys(message_id(field, text) for text in given))
    if in_reply_to:
        chain = [*(known for known in chain if known != in_reply_to), in_reply_to]
    return tuple(chain if len(chain) <= _MOST_REFERENCES else [chain[0], *chain[1 - _MOST_REFERENCES :]])


def reply_subject(subject: str) -> str:
    """The subject of an answer: `Re: Offer`, and an answer's own subject as it is."""
    return subject if is_reply(subject) else f"Re: {subject}"
