"""DMARC of a domain (RFC 7489): its policy, and whether SPF or DKIM can pass aligned with it. Asks DNS by the subject's `ask`."""

from dataclasses import dataclass

from tracker.base.network.dns_records import Ask, DnsStatus
from tracker.base.network.public_suffixes import organisational_domain
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, SenderFinding
from tracker.rules.sender.subject import SenderSubject, txt
from tracker.rules.sender.tag_lists import parse_tags

_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """The policy that receivers apply to a domain."""

    status: str
    """found, missing, several, invalid or failed."""
    place: str = ""
    """The domain whose record applies: the sender's, or its organisational domain."""
    policy: str = ""
    reports_to: str = ""
    record: str = ""


def read_dmarc(domain: str, ask: Ask) -> DmarcPolicy:
    """The policy by RFC 7489, 6.6.3: the domain's record, else the one of its organisational domain."""
    for place in dict.fromkeys((domain, organisational_domain(domain))):
        answer = ask(f"_dmarc.{place}", "TXT")
        if answer.status is DnsStatus.FAILED:
            return DmarcPolicy("failed", place)
        found = [text for text in answer.values if text.replace(" ", "").startswith("v=DMARC1")]
        if len(found) > 1:
            return DmarcPolicy("several", place)
        if found:
            return _read(found[0], place, is_sub=place != domain)
    return DmarcPolicy("missing", domain)


def _read(text: str, place: str, *, is_sub: bool) -> DmarcPolicy:
    tags = parse_tags(text)
    if tags is None or next(iter(tags)) != "v" or tags["v"] != "DMARC1":
        return DmarcPolicy("invalid", place, record=text)
    policy = (tags.get("sp") if is_sub else None) or tags.get("p", "")
    if policy.lower() not in _POLICIES:
        # RFC 7489, 6.6.3: with a valid rua it counts as `none`.
        return DmarcPolicy("found" if tags.get("rua") else "invalid", place, "none", tags.get("rua", ""), text)
    return DmarcPolicy("found", place, policy.lower(), tags.get("rua", ""), text)


def check_dmarc(subject: SenderSubject) -> SenderFinding:
    """The finding about the policy."""
    domain, found = subject.domain, read_dmarc(subject.domain, subject.ask)
    organisation = subject.organisation
    fresh = txt(f"_dmarc.{organisation}", f"v=DMARC1; p=none; rua=mailto:postmaster@{organisation}")
    match found.status:
        case "failed":
            return subject.finding(FindingTopic.DMARC, FindingLevel.INFO, f"The DMARC record of {domain} could not be read.")
        case "missing":
            text = f"{domain} has no DMARC record, which Gmail, Yahoo and Outlook.com require of bulk senders."
            return subject.finding(FindingTopic.DMARC, FindingLevel.FAIL, text, fresh)
        case "several":
            text = f"{found.place} has several DMARC records, which counts as none: keep one record only."
            return subject.finding(FindingTopic.DMARC, FindingLevel.FAIL, text, txt(f"_dmarc.{found.place}", fresh.value))
        case "invalid":
            text = f"The DMARC record of {found.place} is invalid."
            return subject.finding(FindingTopic.DMARC, FindingLevel.FAIL, text, txt(f"_dmarc.{found.place}", fresh.value))
    if found.policy == "none":
        text = f"{domain} has a DMARC record that only observes (p=none): change it to quarantine once all of your mail passes."
        record = txt(f"_dmarc.{found.place}", f"v=DMARC1; p=quarantine; rua={found.reports_to or f'mailto:postmaster@{organisation}'}")
        return subject.finding(FindingTopic.DMARC, FindingLevel.INFO, text, record)
    return subject.finding(FindingTopic.DMARC, FindingLevel.OK, f"{domain} has a DMARC record with the policy {found.policy}.")


def check_alignment(subject: SenderSubject, *, spf_passes: bool | None, has_dkim: bool | None) -> SenderFinding:
    """Whether mail can pass DMARC: envelope and From have the same domain here, so that SPF is aligned whenever it passes."""
    domain, alignment = subject.domain, FindingTopic.ALIGNMENT
    if spf_passes and has_dkim:
        return subject.finding(alignment, FindingLevel.OK, f"Mail from {domain} can pass DMARC by SPF and, if it is signed, by DKIM.")
    if spf_passes and has_dkim is False:
        text = f"Mail from {domain} can pass DMARC by SPF alone, which fails where mail is forwarded: add DKIM."
        return subject.finding(alignment, FindingLevel.WARN, text)
    if has_dkim and spf_passes is False:
        text = f"Mail from {domain} can pass DMARC only if the mail server signs it with the key of {domain}."
        return subject.finding(alignment, FindingLevel.WARN, text)
    if spf_passes is None or has_dkim is None:
        return subject.finding(alignment, FindingLevel.INFO, f"Whether mail from {domain} can pass DMARC is unknown.")
    text = f"Mail from {domain} cannot pass DMARC, because neither SPF nor DKIM is set up for your mail server."
    return subject.finding(alignment, FindingLevel.FAIL, text)
