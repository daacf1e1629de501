"""DKIM keys of a domain (RFC 6376, 8301 and 8463): found by selector, and strong enough. Asks DNS by the subject's `ask`."""

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tracker.base.network.dns_records import DnsStatus, Question
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, SenderFinding
from tracker.rules.sender.providers import provider_of
from tracker.rules.sender.subject import SenderSubject, txt
from tracker.rules.sender.tag_lists import parse_tags

_DKIM = FindingTopic.DKIM
_SMALLEST_BITS, _GOOD_BITS = 1024, 2048
_ED25519_BYTES = 32
_DAMAGED = "is damaged: copy it again from your mail provider"
_TEMPLATE = "v=DKIM1; k=rsa; p=<public key>"


def questions(domain: str, selectors: tuple[str, ...]) -> list[Question]:
    """What `check_dkim` asks, to ask it all at once."""
    return [(name_of(selector, domain), "TXT") for selector in selectors]


def name_of(selector: str, domain: str) -> str:
    """Where a key stands."""
    return f"{selector}._domainkey.{domain}"


def check_dkim(subject: SenderSubject) -> tuple[SenderFinding, bool | None]:
    """The finding of the best key, and whether there is one that works; None: unknown."""
    found, is_unknown = {}, False
    for selector in subject.selectors:
        answer = subject.ask(name_of(selector, subject.domain), "TXT")
        is_unknown |= answer.status is DnsStatus.FAILED
        for text in answer.values:
            level, problem = key_problem(text)
            if problem != "no key":
                found[selector] = (level, problem)
    if not found and is_unknown:
        return subject.finding(_DKIM, FindingLevel.INFO, f"The DKIM keys of {subject.domain} could not be read."), None
    if not found:
        return _none(subject), False
    order = (FindingLevel.OK, FindingLevel.WARN, FindingLevel.FAIL)
    best, (level, problem) = min(found.items(), key=lambda item: order.index(item[1][0]))
    if level is FindingLevel.OK:
        text = f"{subject.domain} publishes a DKIM key (selector {best}); receivers accept signatures of it."
        return subject.finding(_DKIM, level, text), True
    record = txt(name_of(best, subject.domain), _TEMPLATE, is_template=True)
    text = f"The DKIM key of {subject.domain} (selector {best}) {problem}."
    return subject.finding(_DKIM, level, text, record), level is FindingLevel.WARN


def key_problem(text: str) -> tuple[FindingLevel, str]:
    """How good a key record is, and what is wrong with it; `no key`: the text is no key record."""
    tags = parse_tags(text)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return FindingLevel.FAIL, "no key"
    if not tags["p"]:
        return FindingLevel.FAIL, "is revoked, because its value is empty"
    kind = tags.get("k", "rsa")
    if kind not in ("rsa", "ed25519"):
        return FindingLevel.FAIL, "is of a kind that receivers do not know"
    level, problem = _strength(kind, "".join(tags["p"].split()))
    if level is FindingLevel.OK and "y" in tags.get("t", "").split(":"):
        return FindingLevel.WARN, "is in test mode (t=y), which some receivers ignore: remove “t=y”"
    return level, problem


def _strength(kind: str, encoded: str) -> tuple[FindingLevel, str]:
    try:
        raw = base64.b64decode(encoded, validate=True)
        key = load_der_public_key(raw) if kind == "rsa" else None
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        return FindingLevel.FAIL, _DAMAGED
    if kind == "ed25519":
        return (FindingLevel.OK, "") if len(raw) == _ED25519_BYTES else (FindingLevel.FAIL, _DAMAGED)
    bits = key.key_size if isinstance(key, RSAPublicKey) else 0
    if bits < _SMALLEST_BITS:
        return FindingLevel.FAIL, f"has only {bits} bits, which receivers reject: create one with {_GOOD_BITS}"
    if bits < _GOOD_BITS:
        return FindingLevel.WARN, f"has {bits} bits: create one with {_GOOD_BITS}"
    return FindingLevel.OK, ""


def _none(subject: SenderSubject) -> SenderFinding:
    provider = provider_of(subject.server.host) if subject.server else None
    where = provider.name if provider else "your mail provider"
    text = f"No DKIM key of {subject.domain} was found under the usual selectors: switch DKIM on at {where}, or enter the selector below if it is on."
    record = txt(name_of("<selector>", subject.domain), _TEMPLATE, is_template=True)
    return subject.finding(_DKIM, FindingLevel.WARN, text, record)
