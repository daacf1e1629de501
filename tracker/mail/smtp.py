"""Sends a message through a mail server. Used by actions and the notifier's email channel; uses no store.

The connection goes to a checked address (tracker.base.network.resolver); one deadline ends the whole conversation. Errors say the reply's code
in our own words.
"""

import contextlib
import functools
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage

from tracker.base.errors import DeliveryError
from tracker.base.mail_addresses import wire_address
from tracker.base.network.allowed_addresses import is_public, unmapped
from tracker.base.network.connection import CheckedConnection, Deadline, connect, tls_context
from tracker.base.network.resolver import Resolver
from tracker.mail.replies import RecipientRefused, Unconfirmed, answer_of, failure, is_done, is_refusal, words_of
from tracker.mail.routes import SIGN_IN_AGAIN, Route
from tracker.mail.session import Session

TOTAL_SECONDS = 30.0
"""Time limit of a session, from name resolution to the last reply."""
_CONNECT_SECONDS = 10.0
_FAREWELL_SECONDS = 2.0


def send(route: Route, message: EmailMessage, *, sender: str, recipient: str, resolver: Resolver, seconds: float = TOTAL_SECONDS) -> str:
    """Sends the message to one recipient; returns the server's answer. Raises DeliveryError."""
    with _session(route, resolver, seconds) as session:
        return hand_over(session, message, sender, recipient)


def check(route: Route, resolver: Resolver, seconds: float = TOTAL_SECONDS) -> None:
    """Connects, starts TLS, signs in and quits. Raises DeliveryError with a text for admins."""
    with _session(route, resolver, seconds) as session:
        code, answer = session.noop()
        if code != 250:  # noqa: PLR2004 - SMTP: done
            raise smtplib.SMTPResponseException(code, answer)


@contextlib.contextmanager
def _session(route: Route, resolver: Resolver, seconds: float) -> Iterator[Session]:
    """An encrypted and authenticated session of the route. Errors in the block are raised as DeliveryError."""
    deadline = Deadline()
    deadline.start(seconds)
    session = open_session(route, resolver, deadline)
    try:
        with as_delivery_errors(route, deadline, session):
            yield session
        leave(session, deadline)
    finally:
        session.drop()


def open_session(route: Route, resolver: Resolver, deadline: Deadline) -> Session:
    """A session that is encrypted and signed in. The caller has started the deadline, and closes the session. Raises DeliveryError."""
    server = route.server
    wire: CheckedConnection | None = None
    is_ready = False
    try:
        with as_delivery_errors(route, deadline):
            resolve = resolver.resolve_trusted if route.is_trusted else resolver.resolve_checked
            addresses = resolve(server.host, server.port, deadline.left(_CONNECT_SECONDS))
            wire = connect(addresses, server.port, deadline, _CONNECT_SECONDS)
            session = Session(wire, route.hello)
            _prepare(session, wire, route)
            is_ready = True
            return session
    finally:
        if wire is not None and not is_ready:
            wire.close()


@contextlib.contextmanager
def as_delivery_errors(route: Route, deadline: Deadline, session: Session | None = None) -> Iterator[None]:
    """Raises errors of the block as DeliveryError."""
    try:
        yield
    except (smtplib.SMTPException, OSError, ValueError) as error:
        # Without the cause, whose text is from the server and would be logged.
        is_unconfirmed = session is not None and session.is_unconfirmed
        raise failure(error, f"{route.server.host}:{route.server.port}", deadline, is_unconfirmed=is_unconfirmed) from None


def _prepare(session: Session, wire: CheckedConnection, route: Route) -> None:
    server = route.server
    if server.security == "tls":
        wire.start_tls(_context(wire), _name(route))
    session.greet()
    if server.security == "starttls" and session.has_extn("starttls"):
        session.secure(_context(wire), _name(route))
    elif server.security == "starttls" and _needs_encryption(route, wire):
        raise DeliveryError(
            f"{server.host} offers no encryption on port {server.port}, so nothing was sent; choose TLS or another port", permanent=True
        )
    if route.token:
        _sign_in_by_token(session, server.user, route.token)
    elif server.user:
        session.login(server.user, server.password)


def _sign_in_by_token(session: Session, user: str, token: str) -> None:
    """SASL XOAUTH2. A refusal comes as a challenge first, which is answered with an empty line. The message waits for a new token."""
    first = f"user={user}\x01auth=Bearer {token}\x01\x01"
    try:
        session.auth("XOAUTH2", lambda challenge=None: first if challenge is None else "")
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryError(f"the mail provider did not accept the sign-in ({error.smtp_code}); {SIGN_IN_AGAIN}", permanent=False) from None


def _needs_encryption(route: Route, wire: CheckedConnection) -> bool:
    """Passwords need encryption except on this machine; mail needs it except on servers configured by the operator."""
    if unmapped(wire.address).is_loopback:
        return False
    return bool(route.server.user or route.token) or (not route.is_trusted and is_public(wire.address))


def _context(wire: CheckedConnection) -> ssl.SSLContext:
    """Verifies certificates except on this machine, which only the operator can allow."""
    return _contexts(verify=not unmapped(wire.address).is_loopback)


@functools.cache
def _contexts(*, verify: bool) -> ssl.SSLContext:
    """Cached, because loading the authorities is slow."""
    return tls_context(verify=verify)


def _name(route: Route) -> str:
    return route.server.host.removesuffix(".")


def hand_over(session: Session, message: EmailMessage | bytes, sender: str, recipient: str) -> str:
    """Sends one message, or the bytes of one as they are; returns the server's answer. Raises DeliveryError, SMTPException, OSError."""
    sender, recipient = wire_address(sender), wire_address(recipient)
    raw = message if isinstance(message, bytes) else message.as_bytes()
    options = ["SMTPUTF8"] if not (sender + recipient).isascii() else []
    if isinstance(message, bytes):
        options += [name for name in _needed_by(raw) if session.has_extn(name.removeprefix("BODY=")) and name not in options]
    if "SMTPUTF8" in options and not session.has_extn("smtputf8"):
        raise RecipientRefused(
            "your mail server cannot send to addresses with letters such as ü before the @ (it does not offer SMTPUTF8)", permanent=True
        )
    code, answer = session.mail(sender, options)
    if not is_done(code):
        raise smtplib.SMTPSenderRefused(code, answer, sender)
    code, answer = session.rcpt(recipient)
    if not is_done(code):
        raise smtplib.SMTPRecipientsRefused({recipient: (code, answer)})
    code, answer = session.data(raw)
    if is_refusal(code):
        raise smtplib.SMTPDataError(code, answer)
    if not is_done(code):
        raise Unconfirmed(
            f"the mail server did not confirm the email, which may have arrived ({words_of(code)})",
            permanent=False,
            answer=answer_of(code, answer),
        )
    return answer_of(code, answer)


def _needed_by(raw: bytes) -> list[str]:
    """The options of MAIL for bytes as they are. SMTPUTF8 for headers alone: a later server without it would return the mail."""
    if raw.isascii():
        return []
    return ["BODY=8BITMIME"] if raw.partition(b"\r\n\r\n")[0].isascii() else ["BODY=8BITMIME", "SMTPUTF8"]


def leave(session: Session, deadline: Deadline) -> None:
    """Sends QUIT; errors are ignored because the message is already accepted."""
    deadline.shorten(_FAREWELL_SECONDS)
    with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
        session.quit()
