"""Mail exchangers of a domain, looked up in DNS. Used by workers only: a request never waits for it."""

from collections.abc import Sequence

import dns.exception
import dns.resolver

from tracker.base.network.dns_records import open_resolver
from tracker.base.network.dns_servers import DnsServer

_SECONDS = 2.0
_LONGEST_NAME = 253
_MOST = 16


class MailExchangerLookup:
    """Asks the system's resolvers, or those that are given."""

    def __init__(self, servers: Sequence[DnsServer] = (), seconds: float = _SECONDS) -> None:
        """`seconds` limits one look-up, all tries included."""
        self._servers = list(servers)
        self._seconds = seconds
        self._resolver: dns.resolver.Resolver | None = None

    def hosts(self, domain: str) -> list[str] | None:
        """Host names by preference, lower case, without the last dot; at most 16.

        Empty: the domain exists and accepts no mail by MX, or says so (RFC 7505). None: not known (no such domain, no answer in time,
        any other error).
        """
        name = domain.strip().rstrip(".")
        if not name or len(name) > _LONGEST_NAME:
            return None
        try:
            answer = self._ready().resolve(name + ".", "MX", lifetime=self._seconds, search=False, raise_on_no_answer=False)
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
            return None
        rows = sorted((row.preference, str(row.exchange).rstrip(".").lower()) for row in answer.rrset or ())
        return [host for _, host in rows if host][:_MOST]

    def _ready(self) -> dns.resolver.Resolver:
        """The resolver. Raises DNSException if the system names none."""
        if self._resolver is None:
            self._resolver = open_resolver(self._servers)
        return self._resolver
