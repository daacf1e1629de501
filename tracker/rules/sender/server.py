"""The mail server: encryption, and the PTR record of its address (RFC 1912, 2.1). Asks DNS by `ask`."""

import ipaddress
from collections.abc import Iterable

from tracker.base.network.allowed_addresses import is_public
from tracker.base.network.dns_records import Ask, DnsStatus, RecordType
from tracker.base.network.public_suffixes import organisational_domain
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, RecordToSet, SenderFinding, ServerTls

_IPV4 = 4


def check_server(server: ServerTls | None) -> SenderFinding:
    """The finding about the connection and its encryption."""

    def finding(level: FindingLevel, text: str) -> SenderFinding:
        return SenderFinding(topic=FindingTopic.SERVER, level=level, text=text)

    if server is None:
        return finding(FindingLevel.WARN, "No mail server is set, so nothing can be sent.")
    if server.problem:
        return finding(FindingLevel.FAIL, f"{server.problem[:1].upper()}{server.problem[1:]}.")
    if server.is_local:
        return finding(FindingLevel.OK, f"The mail server {server.host} is on this machine, where no encryption is needed.")
    if not server.version:
        return finding(FindingLevel.FAIL, f"The mail server {server.host} offers no encryption on port {server.port}.")
    return finding(FindingLevel.OK, f"The connection to {server.host} is encrypted ({server.version}), and its certificate is valid.")


def check_ptr(server: ServerTls, domains: Iterable[str], ask: Ask) -> SenderFinding | None:
    """Whether the server's public address has a name that leads back to it. None where there is no such address."""
    if not server.address or not is_public(address := ipaddress.ip_address(server.address)):
        return None
    is_own = organisational_domain(server.host) in {organisational_domain(domain) for domain in domains}
    level = FindingLevel.WARN if is_own else FindingLevel.INFO
    owner = "the provider of that address sets it" if is_own else "your mail provider sets it, and may send from other addresses"
    record = RecordToSet(host=address.reverse_pointer, type="PTR", value=f"{server.host}.")

    def finding(level: FindingLevel, text: str, record: RecordToSet | None = None) -> SenderFinding:
        return SenderFinding(topic=FindingTopic.PTR, level=level, text=text, record=record)

    answer = ask(address.reverse_pointer, "PTR")
    if answer.status is DnsStatus.FAILED:
        return finding(FindingLevel.INFO, f"The PTR record of {address} could not be read.")
    if not answer.values:
        return finding(level, f"The mail server’s address {address} has no PTR record; {owner}.", record if is_own else None)
    kind: RecordType = "A" if address.version == _IPV4 else "AAAA"
    if any(str(address) in ask(name, kind).values for name in answer.values):
        return finding(FindingLevel.OK, f"The mail server’s address {address} is named {answer.values[0][:100]}, which leads back to it.")
    text = f"The PTR record of {address} names {answer.values[0][:100]}, which does not lead back to it; {owner}."
    return finding(level, text, record if is_own else None)
