"""What this installation itself adds to mail: the tracking host, and the headers of one-click unsubscribing. Pure."""

import ipaddress
import re

from tracker.base.network.public_suffixes import organisational_domain
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, RecordToSet, SenderFinding
from tracker.rules.sender.subject import SenderSubject

_URL = re.compile(rb"<https://[\x21-\x3b\x3d\x3f-\x7e]+>")
_LABEL = "track"


def check_tracking_host(subject: SenderSubject, *, others_match: bool) -> SenderFinding:
    """Whether links in mail lead to the sender's own organisational domain. One address serves the whole installation."""
    host, organisation = subject.edge_host, subject.organisation
    if not host or _is_address(host) or "." not in host:
        text = f"The tracking address {host or '(none)'} has no public name, so links cannot lead to {organisation}."
        return subject.finding(FindingTopic.TRACKING, FindingLevel.FAIL, text)
    if organisational_domain(host) == organisation:
        return subject.finding(FindingTopic.TRACKING, FindingLevel.OK, f"Links lead to {host}, which belongs to {organisation}.")
    text = f"Links in mail from {subject.domain} lead to {host}, another organisation’s domain, which spam filters notice."
    if others_match:
        return subject.finding(
            FindingTopic.TRACKING, FindingLevel.INFO, f"{text} It belongs to another of your domains.".replace(".. ", ". ")
        )
    record = RecordToSet(host=f"{_LABEL}.{organisation}", type="CNAME", value=f"{host}.")
    remedy = f" Set this record, its certificate, and EDGE_URL to https://{_LABEL}.{organisation}."
    return subject.finding(FindingTopic.TRACKING, FindingLevel.WARN, text + remedy, record)


def check_one_click(raw: bytes) -> SenderFinding:
    """Whether the bytes of a message have the headers of RFC 8058 and RFC 2369 as mailbox providers read them: plain, not encoded."""
    problem = one_click_problem(raw)
    if problem:
        text = f"Campaign mail lacks one-click unsubscribing (RFC 8058): {problem}."
        return SenderFinding(topic=FindingTopic.ONE_CLICK, level=FindingLevel.FAIL, text=text)
    text = "Campaign mail has the headers for one-click unsubscribing (RFC 8058)."
    return SenderFinding(topic=FindingTopic.ONE_CLICK, level=FindingLevel.OK, text=text)


def one_click_problem(raw: bytes) -> str:
    """What is wrong with the headers; empty: nothing."""
    head = raw.partition(b"\r\n\r\n")[0]
    lines = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
    for name in (b"List-Unsubscribe", b"List-Unsubscribe-Post"):
        found = [line.partition(b":")[2].strip() for line in lines if line.partition(b":")[0].lower() == name.lower()]
        if len(found) != 1:
            return f"the header {name.decode()} is missing" if not found else f"the header {name.decode()} is there {len(found)} times"
        if b"=?" in found[0]:
            return f"the header {name.decode()} is encoded, so that mailbox providers cannot read it"
        if name.endswith(b"Post") and found[0] != b"List-Unsubscribe=One-Click":
            return f"the header {name.decode()} has another value"
        if not name.endswith(b"Post") and not any(_URL.fullmatch(part.strip()) for part in found[0].split(b",")):
            return f"the header {name.decode()} has no https address"
    return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
