"""What to say of a domain's SPF, and the record that allows the workspace's mail server. Pure: asks DNS by the subject's `ask`."""

from tracker.domain.mail.sender_check import LONGEST_RECORD, FindingLevel, FindingTopic, SenderFinding
from tracker.rules.sender.providers import provider_of
from tracker.rules.sender.spf import MOST_LOOKUPS, SpfReport, evaluate
from tracker.rules.sender.subject import SenderSubject, txt

_SPF = FindingTopic.SPF
_REASONS = {
    "several records": "has several SPF records, which counts as none: keep one record only",
    f"more than {MOST_LOOKUPS} lookups": f"has an SPF record with more than {MOST_LOOKUPS} lookups, which receivers reject: remove includes",
}


def check_spf(subject: SenderSubject) -> tuple[SenderFinding, bool | None]:
    """The finding, and whether SPF passes, or is expected to pass, for the mail server; None: unknown."""
    domain, report = subject.domain, evaluate(subject.domain, None, subject.ask)
    if report.result == "temperror":
        return subject.finding(_SPF, FindingLevel.INFO, f"The SPF record of {domain} could not be read ({report.reason})."), None
    if report.result == "permerror":
        text = _REASONS.get(report.reason, f"has an invalid SPF record ({report.reason})")
        return subject.finding(_SPF, FindingLevel.FAIL, f"{domain} {text}."), False
    if not report.record:
        text = f"{domain} has no SPF record, so receivers cannot tell your mail from forged mail."
        return subject.finding(_SPF, FindingLevel.FAIL, text, txt(domain, _new_record(subject))), False
    if report.all_qualifier == "+":
        text = f"The SPF record of {domain} allows every server in the world, because it ends with “+all”."
        return subject.finding(_SPF, FindingLevel.FAIL, text, txt(domain, report.record.replace("+all", "~all"))), False
    return _server_finding(subject, report)


def _server_finding(subject: SenderSubject, report: SpfReport) -> tuple[SenderFinding, bool | None]:
    domain, server = subject.domain, subject.server
    if server is None:
        return subject.finding(
            _SPF, FindingLevel.OK, f"{domain} has a valid SPF record ({report.lookups} of {MOST_LOOKUPS} lookups)."
        ), True
    if allows_server(subject, report):
        text = f"The SPF record of {domain} allows {server.host} ({report.lookups} of {MOST_LOOKUPS} lookups)."
        return subject.finding(_SPF, FindingLevel.OK, text), True
    if provider_of(server.host) is None and subject.server_address is None:
        text = (
            f"{domain} has a valid SPF record; whether it allows {server.host} is unknown, because that server has no public address here."
        )
        return subject.finding(_SPF, FindingLevel.INFO, text), None
    level = FindingLevel.FAIL if provider_of(server.host) else FindingLevel.WARN
    text = f"The SPF record of {domain} does not allow {server.host}, through which you send."
    return subject.finding(_SPF, level, text, txt(domain, with_term(report.record, server_term(subject)))), False


def allows_server(subject: SenderSubject, report: SpfReport) -> bool:
    """Whether the record includes the provider's, or passes for the server's address."""
    provider = provider_of(subject.server.host) if subject.server else None
    if provider is not None and provider.spf_include in report.included:
        return True
    address = subject.server_address
    return address is not None and evaluate(subject.domain, address, subject.ask).result == "pass"


def server_term(subject: SenderSubject) -> str:
    """The term that allows the mail server: the provider's include, else its address or name."""
    if subject.server is None:
        return "mx"
    provider = provider_of(subject.server.host)
    if provider is not None:
        return f"include:{provider.spf_include}"
    address = subject.server_address
    return f"ip{address.version}:{address}" if address else "mx"


def with_term(record: str, term: str) -> str:
    """The record with a term before `all` and `redirect`, else at its end."""
    words = record.split()
    place = next(
        (i for i, word in enumerate(words) if word.lower().lstrip("+-?~") == "all" or word.lower().startswith("redirect=")), len(words)
    )
    return " ".join([*words[:place], term, *words[place:]])[:LONGEST_RECORD]


def _new_record(subject: SenderSubject) -> str:
    term = server_term(subject)
    terms = ("mx", term) if term.startswith("ip") else (term,)
    return f"v=spf1 {' '.join(terms)} ~all"
