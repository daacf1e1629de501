"""DNS records of a sender's domain, with one time limit for all questions. Used by workers and the CLI: a request never waits for it."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import dns.exception
import dns.nameserver
import dns.rdata
import dns.rdtypes.ANY.MX
import dns.rdtypes.ANY.TXT
import dns.resolver

from tracker.base.network.dns_servers import DnsServer

RecordType = Literal["A", "AAAA", "MX", "TXT", "PTR", "CNAME"]
Question = tuple[str, RecordType]

_SECONDS, _TOTAL_SECONDS = 2.0, 15.0
_THREADS = 8
_LONGEST_NAME = 253
_MOST_VALUES, _LONGEST_VALUE = 64, 4096


class DnsStatus(StrEnum):
    """What became of a question."""

    FOUND = "found"
    EMPTY = "empty"
    """The name exists without such a record."""
    MISSING = "missing"
    """The name does not exist."""
    FAILED = "failed"
    """No usable response in time."""


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The response to one question. MX values are `10 mx.acme.example`; names are in lower case without the last dot."""

    status: DnsStatus
    values: tuple[str, ...] = ()

    @property
    def is_void(self) -> bool:
        """Whether it is a void lookup (RFC 7208, 4.6.4)."""
        return self.status in (DnsStatus.EMPTY, DnsStatus.MISSING)


Ask = Callable[[str, RecordType], DnsAnswer]
"""Asks for the records of a name."""


class DnsRecords:
    """Asks the system's resolvers, or those that are given, each question once."""

    def __init__(self, servers: Sequence[DnsServer] = (), seconds: float = _SECONDS, total: float = _TOTAL_SECONDS) -> None:
        """`seconds` limits one question with all tries, `total` all questions of this object."""
        self._servers = list(servers)
        self._seconds, self._ends = seconds, time.monotonic() + total
        self._lock = threading.Lock()
        self._resolver: dns.resolver.Resolver | None = None
        self._known: dict[Question, DnsAnswer] = {}

    def ask(self, name: str, kind: RecordType) -> DnsAnswer:
        """The records of a name; raises nothing."""
        question = (name.strip().rstrip(".").lower(), kind)
        found = self._known.get(question)
        if found is None:
            found = self._known[question] = self._look_up(*question)
        return found

    def ask_ahead(self, questions: Iterable[Question]) -> None:
        """Asks several questions at the same time, so that `ask` knows their answers."""
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="dns") as pool:
            list(pool.map(lambda question: self.ask(*question), questions))

    def _look_up(self, name: str, kind: RecordType) -> DnsAnswer:
        seconds = min(self._seconds, self._ends - time.monotonic())
        if not name or len(name) > _LONGEST_NAME:
            return DnsAnswer(DnsStatus.MISSING)
        if seconds <= 0:
            return DnsAnswer(DnsStatus.FAILED)
        try:
            answer = self._ready().resolve(name + ".", kind, lifetime=seconds, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return DnsAnswer(DnsStatus.MISSING)
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
            return DnsAnswer(DnsStatus.FAILED)
        values = tuple(_text(row)[:_LONGEST_VALUE] for row in list(answer.rrset or ())[:_MOST_VALUES])
        return DnsAnswer(DnsStatus.FOUND if values else DnsStatus.EMPTY, tuple(sorted(values)))

    def _ready(self) -> dns.resolver.Resolver:
        """The resolver. Raises DNSException if the system names none."""
        with self._lock:
            if self._resolver is None:
                self._resolver = open_resolver(self._servers)
            return self._resolver


def open_resolver(servers: Sequence[DnsServer]) -> dns.resolver.Resolver:
    """A resolver that asks these servers, or else the system's. Raises DNSException if the system names none."""
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(server.address, server.port) for server in servers]
    return resolver


def _text(row: dns.rdata.Rdata) -> str:
    """A record as text; the strings of a TXT record are joined (RFC 7208, 3.3), control characters in them replaced."""
    if isinstance(row, dns.rdtypes.ANY.TXT.TXT):
        text = b"".join(row.strings).decode("utf-8", "replace")
        return "".join(char if char.isprintable() else "\ufffd" for char in text)
    if isinstance(row, dns.rdtypes.ANY.MX.MX):
        return f"{row.preference} {str(row.exchange).rstrip('.').lower()}"
    return row.to_text().rstrip(".").lower()
