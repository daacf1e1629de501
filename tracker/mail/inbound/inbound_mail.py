"""What one received mail says."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class InboundKind(StrEnum):
    """What a received mail is."""

    REPLY = "reply"
    """Written by a person as an answer."""
    BOUNCE = "bounce"
    """A mail server could not deliver."""
    AWAY = "away"
    """An automatic answer: the recipient is absent, or a program acknowledges the mail."""
    COMPLAINT = "complaint"
    """A mailbox provider reports that the recipient called the mail spam."""
    OTHER = "other"


class BounceClass(StrEnum):
    """How final a bounce is."""

    HARD = "hard"
    """The address does not exist, or its domain takes no mail."""
    SOFT = "soft"
    """Refused for now or for another reason, such as a full mailbox or a filter."""
    DELAYED = "delayed"
    """The server still tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a bounce says."""

    severity: BounceClass
    recipients: tuple[str, ...] = ()
    """The addresses that were not reached; empty where the bounce names none."""
    status: str = ""
    """The enhanced status code, such as `5.1.1`."""
    reason: str = ""
    """The server's words as one printable line: untrusted text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """One received mail. Texts are printable, cut, and untrusted."""

    kind: InboundKind
    sender: str = ""
    """The address in From."""
    sender_name: str = ""
    subject: str = ""
    message_id: str | None = None
    answers: tuple[str, ...] = ()
    """Message-IDs that it refers to, the nearest first, with angle brackets; of a bounce or complaint those of the returned mail."""
    text: str = ""
    """What the sender wrote, without quoted mail and signature."""
    quoted: str = ""
    """What stands below: the quoted mail, and the signature."""
    links: tuple[str, ...] = ()
    """Web addresses in its texts, quoted ones too: they may carry tokens of ours."""
    original_subject: str = ""
    """Of a bounce or complaint: the subject of the returned mail."""
    at: datetime | None = None
    """Its date, as it says."""
    bounce: Bounce | None = None
    until: date | None = None
    """Of an absence: the last day that it names, or the day of return."""
