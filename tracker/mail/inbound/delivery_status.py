"""Delivery status notifications: the machine-readable part of a bounce (RFC 3464) and the mail that it returns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from tracker.mail.inbound.inbound_mail import Bounce, BounceClass
from tracker.mail.inbound.parts import Mail, header, leaves, parse, printable, text_in

_LONGEST_REASON = 500
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
_HARD_SUBJECTS = frozenset(("1", "4"))
"""The second digit: address, and network and routing."""
UNKNOWN_USER = re.compile(
    r"(?:user|recipient|mailbox|account|address|alias|empf[aä]nger|destinatario|destinataire|utilisateur|usuario)\b.{0,60}?"
    r"(?:unknown|not (?:found|exist|listed|known|valid|here)|does ?n[o']t exist|does not have|disabled|no longer|unbekannt|inconnu|"
    r"existiert nicht|non esiste|no existe|suspended|deactivated|inactive)|"
    r"(?:unknown|invalid|no such|bad) (?:user|recipient|mailbox|address|account|local part)|unrouteable address|"
    r"no mail ?box (?:here|found|available|by that name)|not (?:a|an) (?:known|valid|active) (?:user|recipient|mailbox|address)|no such domain|"
    r"name or service not known|nie istnieje|no longer on (?:this )?server|not our customer|bad destination (?:mailbox|system)|doesn't have (?:a|an) \S{1,60} account|"
    r"domain .{0,80}?(?:not found|does not exist|couldn't be found)|host(?: or domain name)? (?:unknown|not found)|nxdomain|null mx|"
    r"no se encontró a|n'a pas été trouvée?|n’a pas été trouvée?|introuvable|wurde nicht gefunden|non è stato trovato|niet gevonden|não foi encontrado",
    re.IGNORECASE | re.DOTALL,
)
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|over ?limit|size (?:limit|exceeded)|too (?:large|big)|sender policy framework", re.IGNORECASE
)
"""Reasons of the sender's or for now, whatever the code says."""
_FULL_OR_FILTERED = re.compile(r"quota|mailbox (?:is )?full|over ?limit|spam|blocked|black ?list|policy|reputation|virus", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """The fields of one recipient."""

    action: str
    recipient: str
    status: str
    reason: str


def severity(status: str, reason: str, *, is_delayed: bool = False) -> BounceClass:
    """How final it is: an unknown address or domain is hard, everything else soft."""
    if is_delayed:
        return BounceClass.DELAYED
    kind, _, rest = status.partition(".")
    if kind == "4":
        return BounceClass.SOFT
    if UNKNOWN_USER.search(reason[:2000]) and not (rest.partition(".")[0] in ("2", "7") and _FULL_OR_FILTERED.search(reason)):
        return BounceClass.HARD
    is_hard = rest.partition(".")[0] in _HARD_SUBJECTS and not _FULL.search(reason)
    return BounceClass.HARD if is_hard else BounceClass.SOFT


def status_in(text: str) -> str:
    """The first enhanced status code of a failure that says more than `5.0.0`, else any; empty for none."""
    found = [match[0] for match in _STATUS.finditer(text[:20_000]) if match[1] != "2"]
    return next((one for one in found if not one.endswith(".0.0")), found[0] if found else "")


def is_temporary(text: str) -> bool:
    """Whether the first SMTP code in the text is one of a temporary failure."""
    found = _BASIC.search(text[:20_000])
    return found is not None and found[1].startswith("4")


def bounce_of(mail: Mail) -> Bounce | None:
    """The bounce that the delivery status of the mail tells; None without failures and delays."""
    reports = [report for part in status_parts(mail) for report in _reports(part)]
    failed = [report for report in reports if report.action == "failed"] or [report for report in reports if report.action == "delayed"]
    if not failed:
        return None
    first = failed[0]
    return Bounce(
        severity=severity(first.status, first.reason, is_delayed=first.action == "delayed"),
        recipients=tuple(dict.fromkeys(report.recipient for report in failed if report.recipient)),
        status=first.status,
        reason=first.reason,
    )


def is_success(mail: Mail) -> bool:
    """Whether its delivery status names recipients, all of whom were reached."""
    reports = [report for part in status_parts(mail) for report in _reports(part)]
    return bool(reports) and all(report.action in ("delivered", "relayed", "expanded") for report in reports)


def status_parts(mail: Mail) -> list[Mail]:
    """The parts with a delivery status."""
    return [part for part in leaves(mail) if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")]


def returned(mail: Mail) -> Mail | None:
    """The returned mail, or its header block."""
    for part in leaves(mail):
        if part.get_content_type() in ("message/rfc822", "message/global"):
            content = part.get_payload()
            if isinstance(content, list) and content and isinstance(content[0], Message):
                return content[0]
            return parse(text_in(part).encode("utf-8", "surrogateescape"))
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            return parse(text_in(part).encode("utf-8", "replace"))
    return None


def _reports(part: Mail) -> Iterator[Report]:
    """The groups of fields of a delivery status; the parser reads each as a mail without a body."""
    content = part.get_payload()
    if not isinstance(content, list):
        blocks = text_in(part).split("\n\n")
        content = [parse(block.strip("\n").encode("utf-8", "replace")) for block in blocks[:100]]
    for group in content[:100]:
        if isinstance(group, Message) and (group.get("action") or group.get("final-recipient")):
            yield _report(group)


def _report(group: Mail) -> Report:
    reason = header(group, "diagnostic-code", 2000).partition(";")
    said = printable(reason[2] or reason[0], _LONGEST_REASON)
    status = status_in(header(group, "status", 200))
    if not status or status.endswith(".0.0"):
        status = status_in(said) or status
    action = header(group, "action", 100).lower().split(" ")[0]
    if not action:
        action = "failed" if status.startswith("5") else "delayed"
    named = header(group, "original-recipient") or header(group, "final-recipient")
    return Report(action, address_in(named.partition(";")[2] or named), status, said)


def address_in(text: str) -> str:
    """The address in a recipient field; empty for none."""
    plain = text.strip().strip("<>").strip()
    return plain if "@" in plain and " " not in plain and len(plain) <= 254 else ""  # noqa: PLR2004 - RFC 5321
