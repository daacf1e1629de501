"""Which of our messages a received mail is about, once the candidates are known. Pure; called by actions.mail_inbound.

By its references to our Message-ID or one of our tokens in its text it is certain; by address and subject, probable.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from tracker.base.mail_addresses import domain_of, mailbox_key
from tracker.domain.mail.message import Message, MessageBrief

REACH = timedelta(days=30)
"""By address and subject, a mail may be about a message that was sent so long before."""
_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|r|rif|res|réf|odp|ynt|回复|答复|返信|fw|fwd|wg|tr|rv|enc|i|doorst)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]",
    re.IGNORECASE,
)
_SHORTEST = 4
_MOST_PREFIXES = 10


@dataclass(frozen=True, slots=True)
class MailMatch:
    """The message that a received mail is about."""

    message: str
    lead: str
    is_certain: bool = True
    is_to_lead: bool = True
    """Whether the message went to the lead; false: it is a copy for a person who is no lead."""


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """One of our messages, and the address that it went to."""

    message: Message | MessageBrief
    address: str
    is_certain: bool = True


def bare_subject(subject: str) -> str:
    """The subject without `Re:`, `AW:`, `Fwd:` and the like, in one case."""
    plain = " ".join(subject.split())
    for _ in range(_MOST_PREFIXES):
        found = _PREFIX.match(plain)
        if not found:
            break
        plain = plain[found.end() :]
    return plain.strip().casefold()


def has_prefix(subject: str) -> bool:
    """Whether it is the subject of an answer or a forwarded mail."""
    return _PREFIX.match(subject) is not None


def is_same_subject(theirs: str, ours: str, *, may_begin_otherwise: bool = False) -> bool:
    """Whether both are subjects of one conversation; automatic answers put words of their own before it."""
    known, given = bare_subject(ours), bare_subject(theirs)
    if len(known) < _SHORTEST:
        return False
    return given == known or (may_begin_otherwise and given.endswith(known))


def chosen(candidates: Iterable[MatchCandidate], addresses: Collection[str], *, is_answer: bool = True) -> MailMatch | None:
    """The message that went to one of these addresses, else the only lead's newest; None where it is not clear which lead is meant.

    One email to several recipients is several messages with the same Message-ID, and those who are no leads have none. What they answer
    (`is_answer`), and the bounces and absences of their addresses, say nothing about the lead.
    """
    known = list(candidates)
    keys = {mailbox_key(address) for address in addresses if address}
    own = [one for one in known if mailbox_key(one.address) in keys]
    if not own and len({one.message.lead for one in known}) > 1:
        return None
    fitting = own or [one for one in known if not _is_of_another(one, keys, is_answer=is_answer)]
    found = max(fitting, key=lambda one: (one.message.created_at is not None, one.message.created_at, one.message.id), default=None)
    if found is None:
        return None
    return MailMatch(found.message.id, found.message.lead, found.is_certain, found.message.envelope.copy_to is None)


def _is_of_another(candidate: MatchCandidate, keys: Collection[str], *, is_answer: bool) -> bool:
    """Whether another recipient of the email is or may be meant. An answer from an address that is not shown may be the lead's own.

    A colleague of the lead who was in copy answers for the lead; a colleague of the rep does not.
    """
    shown = candidate.message.envelope.to + candidate.message.envelope.cc
    if not is_answer:
        return bool(shown)
    others = {mailbox_key(one.email): domain_of(one.email) for one in shown}
    return any(key in others and others[key] != domain_of(candidate.address) for key in keys)
