"""Converts SMTP replies and failures to DeliveryError with the code and a text, never the server's text."""

import smtplib

from tracker.base.errors import DeliveryError
from tracker.base.network.connection import Deadline, reason

_INTERMEDIATE, _TEMPORARY, _PERMANENT = 300, 400, 500
_UNAVAILABLE = 421
_LONGEST_ANSWER = 500
_LOWEST, _HIGHEST = 200, 599
_MEANINGS = {
    421: "it is not available now",
    432: "the password has to be changed first",
    450: "the mailbox is busy, or new senders have to try again later",
    451: "it has a temporary problem, or new senders have to try again later",
    452: "it has no space, or received too many mails at once",
    454: "it cannot check the sign-in now",
    521: "it takes no mail",
    523: "the message is too large",
    530: "it requires a user name and password, or encryption",
    534: "it requires another authentication method, such as an app password",
    535: "user name or password is wrong",
    538: "it wants encryption to sign in",
    541: "its rules refuse the message",
    550: "there is no such mailbox, or its rules refuse the message",
    551: "the mailbox is elsewhere",
    552: "the mailbox is full, or the message is too large",
    553: "it does not take this address",
    554: "its rules refuse the message",
    555: "it does not understand the address",
    556: "the recipient's domain accepts no mail",
}
"""RFC 5321, 4954, 7504 and common use."""
_OF_MESSAGES = frozenset((450, 550, 551, 552, 553, 554, 555))
"""Codes whose meaning is that of a message or a mailbox."""

_REFUSED: tuple[tuple[type[smtplib.SMTPResponseException], str], ...] = (
    (smtplib.SMTPAuthenticationError, "did not accept user name and password"),
    (smtplib.SMTPConnectError, "did not respond like a mail server"),
    (smtplib.SMTPHeloError, "did not respond like a mail server"),
    (smtplib.SMTPSenderRefused, "refused the sender"),
    (smtplib.SMTPDataError, "refused the message"),
    (smtplib.SMTPResponseException, "did not answer as expected"),
)


class RecipientRefused(DeliveryError):
    """The server rejected this recipient; other recipients may work."""


class MessageRefused(DeliveryError):
    """The server rejected this message; other messages may work."""


class SignInRefused(DeliveryError):
    """The server rejected the sign-in, as it will for every message until an admin changes the credentials."""


class Unconfirmed(DeliveryError):
    """The connection ended after the whole message was sent and before the server answered: it may have arrived."""


def is_own_failure(error: DeliveryError) -> bool:
    """Whether the failure concerns this message only: the server accepts others."""
    return isinstance(error, MessageRefused | RecipientRefused)


def answer_of(code: int, text: bytes) -> str:
    """A reply as one printable line, cut to a few hundred characters."""
    line = " ".join(text.decode("utf-8", "replace").split())
    return f"{code} {''.join(c if c.isprintable() else '?' for c in line)}"[:_LONGEST_ANSWER].strip()


def failure(error: Exception, host: str, deadline: Deadline, *, is_unconfirmed: bool = False) -> DeliveryError:
    """The DeliveryError for an error of smtplib, of the connection, or of the values."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        words = f"the mail server refused the recipient ({words_of(code)})"
        kind = DeliveryError if code == _UNAVAILABLE else RecipientRefused
        return kind(words, permanent=_is_permanent(code), answer=answer_of(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error)
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # a refused certificate is both
        return DeliveryError(
            "the sign-in with the mail server, or an address, contains characters that SMTP does not allow", permanent=True
        )
    if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
        return SignInRefused("the mail server offers no supported sign-in method", permanent=True)
    if is_unconfirmed:
        return Unconfirmed(
            f"the mail server did not confirm the email, which may have arrived ({_broken(error, deadline)})", permanent=False
        )
    return DeliveryError(f"the mail server {host} cannot be reached ({_broken(error, deadline)})", permanent=False)


def _refusal(error: smtplib.SMTPResponseException) -> DeliveryError:
    """With the server's words only once it has behaved like a mail server: another service's banner stays unknown."""
    said = next(words for kind, words in _REFUSED if isinstance(error, kind))
    is_connection = not isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
    meaning, permanent = words_of(error.smtp_code, is_connection=is_connection), _is_permanent(error.smtp_code)
    text = f"the mail server {said} ({meaning})"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return SignInRefused(text, permanent=permanent)
    if is_connection:
        return DeliveryError(text, permanent=permanent)
    answer = answer_of(error.smtp_code, _bytes(error.smtp_error))
    kind = MessageRefused if isinstance(error, smtplib.SMTPDataError) and error.smtp_code != _UNAVAILABLE else DeliveryError
    return kind(text, permanent=permanent, answer=answer)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _broken(error: Exception, deadline: Deadline) -> str:
    if deadline.is_over:
        return "no answer in time"
    return "the connection was closed" if isinstance(error, smtplib.SMTPServerDisconnected) else reason(error)


def _is_permanent(code: int) -> bool:
    return _PERMANENT <= code <= _HIGHEST


def is_done(code: int) -> bool:
    """Whether the server did what it was asked: the first digit counts (RFC 5321, 4.3.2)."""
    return _LOWEST <= code < _INTERMEDIATE


def is_refusal(code: int) -> bool:
    """Whether the server refused, for now or for good."""
    return _TEMPORARY <= code <= _HIGHEST


def words_of(code: int, *, is_connection: bool = False) -> str:
    """The code with its meaning; `is_connection`: no message and no recipient was named yet."""
    if not _LOWEST <= code <= _HIGHEST:
        return "its answer is not SMTP"
    if is_connection and code in _OF_MESSAGES:
        return f"{code}: its rules refuse this connection"
    return f"{code}: {_MEANINGS[code]}" if code in _MEANINGS else str(code)
