"""What the relay does with the commands of a signed-in client: it checks sender and recipients, and keeps the mail. Used by `server`."""

import asyncio
import contextlib
import logging
import re
import time
from collections import Counter

from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.mail_relay.accept import accept, check_recipient
from tracker.actions.mail_relay.app_passwords import RelayUser, relay_user
from tracker.actions.mail_relay.client_tests import note_refusal
from tracker.base import metrics
from tracker.base.errors import Forbidden, Invalid
from tracker.domain.mail.accepted_mail import AcceptedMail
from tracker.relay.smtp import RelaySmtp, SignInFailed

log = logging.getLogger(__name__)

MOST_RECIPIENTS = 1_000
MOST_CONNECTIONS = 20
"""Connections of one rep at the same time."""
_BARE_BREAK = re.compile(rb"\r\n|\r|\n")
_TRY_LATER = "451 4.3.0 Leadlight cannot keep mail now, please try again later"


class RelayHandler:
    """One per process; aiosmtpd calls its hooks by name."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._open: Counter[tuple[str, str]] = Counter()
        self._busy = 0
        self.idle = asyncio.Event()
        """Set while no mail is being kept."""
        self.idle.set()

    def begin(self, connection: RelaySmtp, user: RelayUser) -> None:
        """Counts a connection of the rep. Raises SignInFailed above the limit."""
        self.end(connection)
        key = _key(user)
        if self._open[key] >= MOST_CONNECTIONS:
            raise SignInFailed(f"421 4.7.0 You have {MOST_CONNECTIONS} open connections already")
        self._open[key] += 1
        connection.user = user

    def end(self, connection: RelaySmtp) -> None:
        """A connection was closed, or signs in again."""
        if connection.user is not None:
            self._open[_key(connection.user)] -= 1
            connection.user = None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The envelope sender must be the rep's own address, and the app password must still be valid."""
        former = _user_of(server)
        try:
            user = await asyncio.to_thread(relay_user, self._deps, former.password.hash)
        except PyMongoError:
            return _refused("unavailable", _TRY_LATER)
        if user is None:
            return _refused("sender", "535 5.7.8 This app password is no longer valid")
        if isinstance(server, RelaySmtp):
            server.user = user
        if not user.owns(address):
            await asyncio.to_thread(note_refusal, self._deps, user.rep, f"The sender {address} is not one of your own addresses.")
            return _refused("sender", "550 5.7.1 The sender must be one of your own addresses")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender accepted"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Any address but that of a lead who asked for no more mail."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return _refused("recipients", f"452 4.5.3 Too many recipients, at most {MOST_RECIPIENTS:,}")
        if "@" not in address or any(not c.isprintable() or c.isspace() for c in address):
            return _refused("recipient", "553 5.1.3 This is not an address")
        try:
            await asyncio.to_thread(check_recipient, self._deps, _user_of(server).rep, address)
        except Forbidden as error:
            await asyncio.to_thread(note_refusal, self._deps, _user_of(server).rep, f"{error}.")
            return _refused("opted_out", f"550 5.7.1 {_ascii(str(error))}")
        except PyMongoError:
            return _refused("unavailable", _TRY_LATER)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient accepted"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keeps the mail durably before it says so."""
        begun = time.perf_counter()
        self._busy += 1
        self.idle.clear()
        try:
            kept = await asyncio.to_thread(self._keep, _user_of(server), envelope)
        except Invalid:
            return _refused("nul", "554 5.6.0 The message contains NUL")
        except Forbidden as error:
            return _refused("sender", f"550 5.7.1 {error}")
        except (PyMongoError, OSError) as error:
            log.warning("a mail could not be kept", extra={"error": type(error).__name__})
            return _refused("unavailable", _TRY_LATER)
        finally:
            self._busy -= 1
            if not self._busy:
                self.idle.set()
        metrics.RELAY_MAILS.labels("kept").inc()
        metrics.RELAY_SECONDS.observe(time.perf_counter() - begun)
        return f"250 2.0.0 kept as {kept.id}"

    def _keep(self, user: RelayUser, envelope: Envelope) -> AcceptedMail:
        """In a thread: a large mail takes a while. Raises what `accept` raises."""
        raw = _BARE_BREAK.sub(b"\r\n", envelope.original_content or b"")
        try:
            return accept(self._deps, user, sender=envelope.mail_from or "", recipients=list(envelope.rcpt_tos), raw=raw)
        except (Forbidden, Invalid) as error:
            note_refusal(self._deps, user.rep, f"{error}.")
            raise
        except PyMongoError:
            with contextlib.suppress(PyMongoError):
                note_refusal(self._deps, user.rep, "Leadlight could not keep the email: its database is full or not available.")
            raise

    async def handle_exception(self, error: Exception) -> str:
        """The reply after an unexpected error: the client tries again."""
        log.error("a command failed", exc_info=error)
        return "451 4.3.0 Internal error, please try again later"


def _user_of(server: SMTP) -> RelayUser:
    """Who signed in. Raises RuntimeError before."""
    if not isinstance(server, RelaySmtp) or server.user is None:
        raise RuntimeError("no one signed in")
    return server.user


def _key(user: RelayUser) -> tuple[str, str]:
    return user.rep.workspace, user.rep.id


def _refused(reason: str, reply: str) -> str:
    metrics.RELAY_MAILS.labels(reason).inc()
    return reply


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
