"""A mailbox by IMAP: headers first, bodies only of wanted mails, nothing is changed in it. Knows no store.

The connection goes to a checked address (tracker.base.network.resolver). Errors are our words, never the server's text.
"""

import binascii
import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.base.errors import DeliveryError
from tracker.base.network.connection import Deadline, reason
from tracker.base.network.resolver import Resolver
from tracker.mail.inbound.imap_client import ImapAccount, ImapClient, connected
from tracker.mail.inbound.parts import LARGEST_READ

IMAP_PORTS = frozenset({143, 993})
"""Ports of public addresses that are allowed."""
SESSION_SECONDS = 240.0
"""A session that is not extended ends after this: shorter than the lease of a mailbox."""
_FAREWELL_SECONDS = 5.0
_WRONG_WORDS = "the mail server did not accept user name and password"
_SIGN_IN_REFUSED = "the mail server did not accept the sign-in; sign in again, and check that IMAP is allowed for the mailbox"
_LONGEST_HEADER = 64 * 1024
_AT_ONCE = 50
_UID = re.compile(rb"UID (\d+)")
_NUMBER = re.compile(rb"\d{1,10}")


class MailboxSignInRefused(DeliveryError):
    """The server does not accept the password or the token."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The inbox as the server describes it."""

    validity: int
    next_uid: int


class Imap:
    """A signed-in session that has opened the inbox for reading. All methods raise DeliveryError."""

    def __init__(self, client: ImapClient, folder: Folder) -> None:
        self._client = client
        self.folder = folder
        self._can_idle: bool | None = None

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

    def wait(self, seconds: float) -> bool | None:
        """Waits until the server tells of new mail; False: it told of none in that time. None: it cannot (IDLE)."""
        if self._can_idle is None:
            self._can_idle = self._client.can("IDLE")
        return self._client.idle(seconds) if self._can_idle else None

    def reopen(self) -> None:
        """Describes the inbox again, with the mail that has come since."""
        self.folder = _inbox(self._client)

    def end_in(self, seconds: float) -> None:
        """Limits the session anew, from now."""
        self._client.end_in(seconds)

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
def opened(
    account: ImapAccount, resolver: Resolver, *, token: str = "", seconds: float = SESSION_SECONDS, context: ssl.SSLContext | None = None
) -> Iterator[Imap]:
    """Connects, signs in and opens the inbox. With `token` by XOAUTH2, else with the password. `seconds` limits the whole session.

    Raises DeliveryError, also for errors of the session in the block, and MailboxSignInRefused.
    """
    client: ImapClient | None = None
    deadline = Deadline()
    try:
        client = connected(account, resolver, deadline, seconds, context)
        _sign_in(client, account, token)
        yield Imap(client, _inbox(client))
    except (imaplib.IMAP4.error, binascii.Error):
        raise DeliveryError(f"the mail server {account.host} did not answer as expected", permanent=False) from None
    except OSError as error:
        raise DeliveryError(f"the mail server {account.host} cannot be reached ({reason(error)})", permanent=False) from None
    finally:
        if client is not None:
            client.end_in(_FAREWELL_SECONDS)
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.logout()
            client.shutdown()


def _sign_in(client: ImapClient, account: ImapAccount, token: str) -> None:
    try:
        if token:
            first = f"user={account.user}\x01auth=Bearer {token}\x01\x01".encode("ascii")
            # A refusal comes as a challenge first, which is answered with an empty line.
            client.authenticate("XOAUTH2", lambda challenge: b"" if challenge else first)
        else:
            client.login(_quoted(account.user), account.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise MailboxSignInRefused(_SIGN_IN_REFUSED if token else _WRONG_WORDS, permanent=True) from None
    except UnicodeError:
        raise MailboxSignInRefused("user name and password must be ASCII", permanent=True) from None


def _quoted(text: str) -> str:
    """As a quoted string (RFC 3501, 4.3): imaplib quotes the password only, and names with a space or a backslash are no atoms."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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
