"""Mail exchangers of a sender's domain: replies and bounces must reach it. Asks DNS by the subject's `ask`."""

import ipaddress

from tracker.base.network.dns_records import DnsStatus
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, RecordToSet, SenderFinding
from tracker.rules.sender.subject import SenderSubject

_MX = FindingTopic.MX


def check_exchangers(subject: SenderSubject) -> SenderFinding:
    """The finding about MX records."""
    domain, answer = subject.domain, subject.ask(subject.domain, "MX")
    record = RecordToSet(host=domain, type="MX", value="10 <your incoming mail server>", is_template=True)
    if answer.status is DnsStatus.FAILED:
        return subject.finding(_MX, FindingLevel.INFO, f"The MX records of {domain} could not be read.")
    if answer.status is DnsStatus.MISSING:
        return subject.finding(_MX, FindingLevel.FAIL, f"The domain {domain} does not exist in DNS.")
    hosts = [value.partition(" ")[2] for value in answer.values]
    if hosts == [""]:
        text = f"{domain} says that it accepts no mail (RFC 7505), so replies are lost and many receivers reject your mail."
        return subject.finding(_MX, FindingLevel.FAIL, text, record)
    if not hosts:
        return subject.finding(_MX, FindingLevel.FAIL, f"{domain} has no MX record, so replies and bounces may not reach you.", record)
    if broken := [host for host in hosts if not _has_address(subject, host)]:
        text = f"The mail exchanger {broken[0][:100]} of {domain} has no address, so replies may not reach you."
        return subject.finding(_MX, FindingLevel.WARN, text, record)
    return subject.finding(_MX, FindingLevel.OK, f"{domain} accepts mail at {hosts[0][:100]}.")


def _has_address(subject: SenderSubject, host: str) -> bool:
    """Whether the name has an address; one in place of a name is against RFC 5321, 5.1. No answer counts as yes."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return not all(subject.ask(host, kind).is_void for kind in ("A", "AAAA"))
    return False
