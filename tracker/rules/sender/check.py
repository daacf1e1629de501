"""All findings of a workspace's sender check, in the order in which a page shows them. Asks DNS by `ask`."""

from dataclasses import dataclass

from tracker.base.network.dns_records import Ask, Question
from tracker.base.network.public_suffixes import organisational_domain
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, SenderFinding, ServerTls
from tracker.rules.sender import dkim
from tracker.rules.sender.dmarc import check_alignment, check_dmarc
from tracker.rules.sender.exchangers import check_exchangers
from tracker.rules.sender.own_mail import check_one_click, check_tracking_host
from tracker.rules.sender.providers import PUBLIC_DOMAINS
from tracker.rules.sender.server import check_ptr, check_server
from tracker.rules.sender.spf_advice import check_spf
from tracker.rules.sender.subject import USUAL_SELECTORS, SenderSubject

_OFF = "DNS_SERVERS is off, so no record was looked up."


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What a check is about."""

    domains: tuple[str, ...]
    server: ServerTls | None
    selectors: tuple[str, ...]
    """The workspace's own selectors; the usual ones are tried as well."""
    edge_host: str
    sample: bytes
    """A composed campaign message."""


def questions_of(facts: SenderFacts) -> list[Question]:
    """The questions that are known in advance."""
    found: list[Question] = []
    for domain in facts.domains:
        found += [(domain, "TXT"), (domain, "MX"), (f"_dmarc.{domain}", "TXT")]
        found += dkim.questions(domain, selectors_of(facts))
    return found


def selectors_of(facts: SenderFacts) -> tuple[str, ...]:
    """The selectors to try, the workspace's own first."""
    return tuple(dict.fromkeys((*facts.selectors, *USUAL_SELECTORS)))


def check_sender(facts: SenderFacts, ask: Ask | None) -> tuple[SenderFinding, ...]:
    """The findings. Without `ask`, nothing is looked up in DNS."""
    found = [check_server(facts.server), check_one_click(facts.sample)]
    if ask is None:
        return (SenderFinding(topic=FindingTopic.LOOKUP, level=FindingLevel.INFO, text=_OFF), *found)
    if facts.server is not None and (ptr := check_ptr(facts.server, facts.domains, ask)):
        found.insert(1, ptr)
    organisation = organisational_domain(facts.edge_host)
    others_match = any(organisational_domain(domain) == organisation for domain in facts.domains)
    for domain in facts.domains:
        subject = SenderSubject(domain, ask, facts.server, selectors_of(facts), facts.edge_host)
        found += _domain_findings(subject, others_match=others_match)
    return tuple(found)


def _domain_findings(subject: SenderSubject, *, others_match: bool) -> list[SenderFinding]:
    if subject.domain in PUBLIC_DOMAINS:
        text = f"{subject.domain} belongs to a public mail provider, whose records you cannot change: use an address of your own domain."
        return [subject.finding(FindingTopic.ALIGNMENT, FindingLevel.WARN, text)]
    spf, spf_passes = check_spf(subject)
    key, has_dkim = dkim.check_dkim(subject)
    alignment = check_alignment(subject, spf_passes=spf_passes, has_dkim=has_dkim)
    tracking = check_tracking_host(subject, others_match=others_match)
    return [spf, key, check_dmarc(subject), alignment, check_exchangers(subject), tracking]
