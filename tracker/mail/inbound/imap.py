"""A mailbox by IMAP: headers first, bodies only of wanted mails, nothing is changed in it. Knows no store.

The connection goes to a checked address (tracker.base.network.resolver). Errors are our words, never the server's text.
"""

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from tracker.base.errors import DeliveryError
from tracker.base.network.allowed_addresses import Address
from tracker.base.network.connection import reason, tls_context
from tracker.base.network.resolver import Resolver
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.mail.inbound.parts import LARGEST_READ

IMAP_PORTS = frozenset({143, 993})
"""Ports of public addresses that are allowed."""
_SECONDS = 30.0
_LONGEST_HEADER = 64 * 1024
_AT_ONCE = 50
_UID = re.compile(rb"UID (\d+)")
_NUMBER = re.compile(rb"\d{1,10}")


@dataclass(frozen=True, slots=True)
class Folder:
    """The inbox as the server describes it."""

    validity: int
    next_uid: int


class Imap:
    """A signed-in session that has opened the inbox for reading. All methods raise DeliveryError."""

    def __init__(self, client: imaplib.IMAP4, folder: Folder) -> None:
        self._client = client
        self.folder = folder

    def after(self, uid: int, limit: int) -> list[int]:
        """The numbers above `uid`, lowest first."""
        if uid + 1 >= self.folder.next_uid > 0:
            return []
        return sorted(found for found in self._search("UID", f"{uid + 1}:*") if found > uid)[:limit]

    def since(self, day: date, limit: int) -> list[int]:
        """The newest numbers of mails received on that day or later, lowest first."""
        months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
        return sorted(self._search("SINCE", f"{day.day}-{months[day.month - 1]}-{day.year}"))[-limit:]

    def headers(self, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Number and header block of each mail that still exists."""
        for start in range(0, len(uids), _AT_ONCE):
            yield from self._fetch(uids[start : start + _AT_ONCE], f"BODY.PEEK[HEADER]<0.{_LONGEST_HEADER}>")

    def mail(self, uid: int) -> bytes:
        """The bytes of a mail, cut after what is read of it; empty where it is gone."""
        return next((raw for found, raw in self._fetch([uid], f"BODY.PEEK[]<0.{LARGEST_READ}>") if found == uid), b"")

    def _search(self, *criteria: str) -> list[int]:
        lines = _done(self._client.uid("SEARCH", *criteria))
        return [int(one) for line in lines if isinstance(line, bytes) for one in _NUMBER.findall(line)]

    def _fetch(self, uids: Sequence[int], what: str) -> list[tuple[int, bytes]]:
        rows = _done(self._client.uid("FETCH", ",".join(map(str, uids)), f"(UID {what})"))
        found: list[tuple[int, bytes]] = []
        for at, row in enumerate(rows):
            if isinstance(row, tuple):  # a literal; some servers tell the UID after it
                following = rows[at + 1] if at + 1 < len(rows) else b""
                if number := _UID.search(row[0]) or _UID.search(following if isinstance(following, bytes) else b""):
                    found.append((int(number[1]), row[1]))
        return found


@contextlib.contextmanager
def opened(mailbox: RepMailbox, resolver: Resolver, context: ssl.SSLContext | None = None) -> Iterator[Imap]:
    """Connects, signs in and opens the inbox. Raises DeliveryError, also for errors of the session in the block."""
    client: imaplib.IMAP4 | None = None
    try:
        addresses = resolver.resolve_checked(mailbox.host, mailbox.port, _SECONDS)
        client = _connected(mailbox, addresses, context or tls_context())
        _sign_in(client, mailbox)
        yield Imap(client, _inbox(client))
    except imaplib.IMAP4.error:
        raise DeliveryError(f"the mail server {mailbox.host} did not answer as expected", permanent=False) from None
    except OSError as error:
        raise DeliveryError(f"the mail server {mailbox.host} cannot be reached ({reason(error)})", permanent=False) from None
    finally:
        if client is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.logout()


def _connected(mailbox: RepMailbox, addresses: Sequence[Address], context: ssl.SSLContext) -> imaplib.IMAP4:
    if mailbox.security == "tls":
        return _TlsClient(mailbox, addresses, context)
    client = _PlainClient(mailbox, addresses)
    client.starttls(context)
    return client


def _sign_in(client: imaplib.IMAP4, mailbox: RepMailbox) -> None:
    try:
        client.login(mailbox.user, mailbox.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise DeliveryError("the mail server did not accept user name and password", permanent=True) from None
    except UnicodeError:
        raise DeliveryError("user name and password must be ASCII", permanent=True) from None


def _inbox(client: imaplib.IMAP4) -> Folder:
    _done(client.select("INBOX", readonly=True))
    return Folder(_number(client, "UIDVALIDITY"), _number(client, "UIDNEXT"))


def _number(client: imaplib.IMAP4, name: str) -> int:
    _, found = client.response(name)
    match = _NUMBER.search(found[0]) if found and isinstance(found[0], bytes) else None
    return int(match[0]) if match else 0


def _done(answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    status, rows = answer
    if status != "OK":
        raise imaplib.IMAP4.error("refused")
    return rows


def _socket(addresses: Sequence[Address], port: int) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), _SECONDS)
        except OSError as error:
            failure = error
    raise failure


class _PlainClient(imaplib.IMAP4):
    """Connects to the checked addresses, for STARTTLS."""

    def __init__(self, mailbox: RepMailbox, addresses: Sequence[Address]) -> None:
        self._addresses = addresses
        super().__init__(mailbox.host, mailbox.port, timeout=_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002 - imaplib's
        return _socket(self._addresses, self.port)


class _TlsClient(imaplib.IMAP4_SSL):
    """The same with TLS from the first byte."""

    def __init__(self, mailbox: RepMailbox, addresses: Sequence[Address], context: ssl.SSLContext) -> None:
        self._addresses = addresses
        super().__init__(mailbox.host, mailbox.port, ssl_context=context, timeout=_SECONDS)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:  # noqa: ARG002 - imaplib's
        return cast("ssl.SSLSocket", self.ssl_context.wrap_socket(_socket(self._addresses, self.port), server_hostname=self.host))
