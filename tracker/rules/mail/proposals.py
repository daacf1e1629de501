"""Proposals: which messages are one, by mark, kind, attachment or subject. Pure; used by workers, console and API."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from tracker.domain.mail.message import Message, MessageBrief

_SEPARATORS = re.compile(r"[_\W]+")
"""What stands between the words of a file name."""
KIND = "proposal"
"""The kind of a message that its sender called a proposal."""
_REPLY = re.compile(r"\s*(?:re|aw|antw|antwort|sv|r|rif|res|réf)\s*(?:\[\d+\]|\(\d+\))?\s*:", re.IGNORECASE)
"""The beginning of a reply's subject in English, German, Dutch, Italian, Portuguese, French; the rest is quoted."""


def is_proposal(message: Message | MessageBrief, words: tuple[str, ...]) -> bool:
    """Whether the message is a proposal: as marked; else by its kind; without a kind, by a word in the name of a PDF or in its subject.

    `words` are compared as whole words or phrases, without case. The subject of a reply quotes another message, so it is ignored.
    """
    if message.proposal is not None:
        return message.proposal
    if message.kind:
        return message.kind.casefold() == KIND
    if any(_names_proposal(file.name, words) for file in message.attachments):
        return True
    return not is_reply(message.subject) and has_word(message.subject, words)


def is_reply(subject: str) -> bool:
    """Whether a subject is that of an answer: `Re: Offer`."""
    return _REPLY.match(subject) is not None


def proposals_of(messages: Iterable[MessageBrief], words: tuple[str, ...]) -> frozenset[str]:
    """The ids of the messages that are proposals."""
    return frozenset(message.id for message in messages if is_proposal(message, words))


def _names_proposal(name: str, words: tuple[str, ...]) -> bool:
    """Whether a file is a PDF with one of the words in its name: `Acme_Offer-v2.pdf`."""
    stem, _, extension = name.rpartition(".")
    return extension.casefold() == "pdf" and has_word(_SEPARATORS.sub(" ", stem), words)


@lru_cache(maxsize=8192)
def has_word(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words is in the text as a whole word."""
    pattern = _pattern(words)
    return pattern is not None and pattern.search(_folded(text)) is not None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    cleaned = [r"\s+".join(re.escape(part) for part in _folded(word).split()) for word in words if word.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(cleaned)})(?!\w)") if cleaned else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
