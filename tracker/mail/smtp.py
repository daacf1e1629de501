"""Handing a message to a mail server. Called by actions.messages and by the notifier's e-mail channel; knows no store."""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from tracker.base.errors import DeliveryError, Invalid

_TIMEOUT = 10.0
_IMPLICIT_TLS_PORT, _SUBMISSION_PORT = 465, 587
_PERMANENT = 500
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class RecipientRefused(DeliveryError):
    """It is this one address that the server does not take; others may be fine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, as `SMTP_URL` names it."""

    host: str
    port: int
    is_tls: bool
    """TLS from the first byte (smtps); otherwise STARTTLS wherever the server offers it."""
    user: str
    password: str

    @property
    def is_loopback(self) -> bool:
        """Whether it runs on this machine, where no certificate can be asked for."""
        return self.host in _LOOPBACK


def read_url(url: str, field: str = "smtp_url") -> Server:
    """What `smtp://user:password@host:587` or `smtps://…` says. Raises Invalid."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or any(c.isspace() for c in url.strip()):
        raise Invalid(field, "must look like smtp://user:password@mail.example.com:587")
    is_tls = parts.scheme == "smtps"
    default = _IMPLICIT_TLS_PORT if is_tls else _SUBMISSION_PORT
    return Server(parts.hostname, port or default, is_tls, unquote(parts.username or ""), unquote(parts.password or ""))


def send(url: str, message: EmailMessage, *, sender: str, recipient: str, timeout: float = _TIMEOUT) -> str:
    """Hands the message over for one recipient; returns the server's answer (250 …). Raises DeliveryError."""
    server = read_url(url)
    try:
        with _open(server, timeout) as client:
            _prepare(client, server)
            return _hand_over(client, message, sender, recipient)
    except smtplib.SMTPException as error:
        raise _judged(error) from error
    except (ssl.SSLError, OSError) as error:
        raise DeliveryError(f"the mail server {server.host}:{server.port} cannot be reached ({_words(error)})", permanent=False) from error


def check(url: str, timeout: float = _TIMEOUT) -> None:
    """Connects, signs in and leaves, for the settings page. Raises DeliveryError in words the admin can act on."""
    server = read_url(url)
    try:
        with _open(server, timeout) as client:
            _prepare(client, server)
            client.noop()
    except smtplib.SMTPException as error:
        raise _judged(error) from error
    except (ssl.SSLError, OSError) as error:
        raise DeliveryError(f"the mail server {server.host}:{server.port} cannot be reached ({_words(error)})", permanent=False) from error


def _open(server: Server, timeout: float) -> smtplib.SMTP:
    if server.is_tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=_context(server))
    return smtplib.SMTP(server.host, server.port, timeout=timeout)


def _prepare(client: smtplib.SMTP, server: Server) -> None:
    client.ehlo()
    if not server.is_tls and client.has_extn("starttls"):
        client.starttls(context=_context(server))
        client.ehlo()
    elif not server.is_tls and server.user and not server.is_loopback:
        raise DeliveryError(
            f"{server.host} offers no encryption, so the password was not sent; use smtps:// or another port", permanent=True
        )
    if server.user:
        client.login(server.user, server.password)


def _hand_over(client: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> str:
    options = ["SMTPUTF8"] if not (sender + recipient).isascii() else []
    if options and not client.has_extn("smtputf8"):
        raise RecipientRefused("this mail server cannot write to addresses with letters beyond ASCII", permanent=True)
    code, answer = client.mail(sender, options)
    if code != 250:  # noqa: PLR2004 - SMTP: done
        raise smtplib.SMTPSenderRefused(code, answer, sender)
    code, answer = client.rcpt(recipient)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({recipient: (code, answer)})
    code, answer = client.data(message.as_bytes())
    if code != 250:  # noqa: PLR2004 - SMTP: done
        raise smtplib.SMTPDataError(code, answer)
    return f"{code} {_text(answer)}"


def _context(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.is_loopback:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _judged(error: smtplib.SMTPException) -> DeliveryError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return RecipientRefused(f"the mail server refused the recipient ({code} {_text(answer)})", permanent=code >= _PERMANENT)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return DeliveryError(f"the mail server did not accept user name and password ({error.smtp_code})", permanent=True)
    if isinstance(error, smtplib.SMTPResponseException):
        text = f"the mail server refused the message ({error.smtp_code} {_text(error.smtp_error)})"
        return DeliveryError(text, permanent=error.smtp_code >= _PERMANENT)
    return DeliveryError(f"the mail server broke off ({_words(error)})", permanent=False)


def _text(answer: bytes | str) -> str:
    plain = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())[:300]


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "no such host"
    return _text(getattr(error, "strerror", None) or str(error) or type(error).__name__)
