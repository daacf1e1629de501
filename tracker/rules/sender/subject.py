"""What is checked: one sender's domain, and what is known of the server that sends for it. Made by actions, read by the rules here."""

import ipaddress
from dataclasses import dataclass

from tracker.base.network.allowed_addresses import Address, is_public
from tracker.base.network.dns_records import Ask
from tracker.base.network.public_suffixes import organisational_domain
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, RecordToSet, SenderFinding, ServerTls

USUAL_SELECTORS = ("google", "selector1", "selector2", "default", "s1", "s2", "k1", "mail", "dkim")
"""Names that providers and mail servers commonly use."""


@dataclass(frozen=True, slots=True)
class SenderSubject:
    """One domain."""

    domain: str
    ask: Ask
    server: ServerTls | None = None
    """None: no mail server is set, or it was not asked."""
    selectors: tuple[str, ...] = USUAL_SELECTORS
    edge_host: str = ""

    @property
    def organisation(self) -> str:
        """Its organisational domain."""
        return organisational_domain(self.domain)

    @property
    def server_address(self) -> Address | None:
        """The mail server's public address; None: unknown, or a private one."""
        if self.server is None or not self.server.address:
            return None
        address = ipaddress.ip_address(self.server.address)
        return address if is_public(address) else None

    def finding(self, topic: FindingTopic, level: FindingLevel, text: str, record: RecordToSet | None = None) -> SenderFinding:
        """A finding about this domain."""
        return SenderFinding(topic=topic, level=level, text=text, domain=self.domain, record=record)


def txt(host: str, value: str, *, is_template: bool = False) -> RecordToSet:
    """A TXT record to set."""
    return RecordToSet(host=host, type="TXT", value=value, is_template=is_template)
