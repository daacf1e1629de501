"""Conversations: Message-IDs, References and the subject of an answer (RFC 5322, 3.6.4)."""

import re
from collections.abc import Iterable

from tracker.base.errors import Invalid
from tracker.rules.mail.proposals import is_reply

_MOST_REFERENCES = 20
"""The first Message-ID of a conversation and its last ones are kept, as RFC 5537, 3.4.4 advises."""
_LONGEST_ID = 900
_ID = re.compile(r"<[^\s<>@\x00-\x20\x7f]+@[^\s<>@\x00-\x20\x7f]+>")


def message_id(field: str, text: str) -> str:
    """One Message-ID with angle brackets. Raises Invalid."""
    plain = text.strip()
    with_brackets = plain if plain.startswith("<") else f"<{plain}>"
    if not (plain.isascii() and len(plain) <= _LONGEST_ID and _ID.fullmatch(with_brackets)):
        raise Invalid(field, "must be a Message-ID such as <a1b2@mail.example.com>")
    return with_brackets


def references(field: str, given: Iterable[str], in_reply_to: str | None) -> tuple[str, ...]:
    """The Message-IDs of a conversation, oldest first, that end with the message answered. Raises Invalid."""
    chain = list(dict.fromkeys(message_id(field, text) for text in given))
    if in_reply_to:
        chain = [*(known for known in chain if known != in_reply_to), in_reply_to]
    return tuple(chain if len(chain) <= _MOST_REFERENCES else [chain[0], *chain[1 - _MOST_REFERENCES :]])


def reply_subject(subject: str) -> str:
    """The subject of an answer: `Re: Offer`, and an answer's own subject as it is."""
    return subject if is_reply(subject) else f"Re: {subject}"
