"""Validation of values from users and programs. Each function returns the value to store or raises Invalid with the field."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import email_validator
from email_validator import EmailNotValidError, validate_email

from tracker.base.errors import Conflict, Invalid
from tracker.base.network.host_names import ascii_name
from tracker.links import urls

T = TypeVar("T")

# The library refuses the special names of RFC 6761, such as localhost and .local. Private networks receive mail under them.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
# What the library refuses and we accept is a letter for it: any non-ASCII letter before the @, and `_` and `--` in host names.
_LOCAL_LETTER = re.compile(r"[^\x00-\x7f\s]")
_HOST_LETTER = re.compile(r"(?<=[\w-])_(?=[\w-])|(?<=-)-(?=[\w-])")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_NO_EMAIL = "must be an email address such as dana@example.com"
_MOST_TAGS = 40
_MOST_CENTS = 10**14


def line(field: str, text: str, *, longest: int = 200, required: bool = True) -> str:
    """One line of text without control characters, stripped."""
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text.strip("\t ")):
        raise Invalid(field, "must be one line without control characters")
    return _sized(field, " ".join(text.split()), longest, required=required)


def words(field: str, text: str, *, longest: int = 20_000, required: bool = True) -> str:
    """Text of several lines without control characters except line breaks and tabs."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in plain):
        raise Invalid(field, "must not contain control characters")
    return _sized(field, plain, longest, required=required)


def optional_line(field: str, text: str | None, *, longest: int = 200) -> str | None:
    """Like `line`; None for an empty text."""
    return (line(field, text, longest=longest, required=False) or None) if text is not None else None


def email(field: str, text: str) -> str:
    """An email address as typed, if its syntax is that of RFC 5321 or RFC 6531, without quotes and comments.

    Besides host names with a dot, `localhost` is accepted, and underscores in host names, which private networks use.
    """
    plain = unicodedata.normalize("NFC", text.strip())
    local, _, host = plain.rpartition("@")
    try:
        name = ascii_name(host)
    except ValueError:
        raise Invalid(field, _NO_EMAIL) from None
    as_ascii = f"{_LOCAL_LETTER.sub('x', local)}@{_HOST_LETTER.sub('x', name)}".encode("utf-8", "surrogatepass")
    try:
        validate_email(as_ascii, strict=True, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Invalid(field, _NO_EMAIL) from None
    if "." not in name and host != "localhost":
        raise Invalid(field, _NO_EMAIL)
    return plain


def timezone(field: str, text: str) -> str:
    """A time zone of the tz database."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(field, "must be a time zone such as Europe/Lisbon") from None
    return text


def web_address(field: str, text: str) -> str:
    """An http or https URL."""
    try:
        return urls.destination(text.strip())
    except Invalid as error:
        raise Invalid(field, str(error)) from None


def tags(field: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """Tags without duplicates (compared without case), in the given order."""
    found: dict[str, str] = {}
    for tag in given:
        kept = line(field, tag, longest=60)
        found.setdefault(kept.casefold(), kept)
    if len(found) > _MOST_TAGS:
        raise Invalid(field, f"may hold {_MOST_TAGS} tags at most")
    return tuple(found.values())


def cents(field: str, amount: int) -> int:
    """An amount of money in minor units."""
    if not 0 <= amount <= _MOST_CENTS:
        raise Invalid(field, "must be a whole number of cents of at least 0")
    return amount


def field_name(field: str, name: str) -> str:
    """The name of a custom field: without `.`, and not beginning with `$`."""
    if "." in name or name.startswith("$"):
        raise Invalid(field, f"“{name}” is not a valid name: remove dots and dollar signs")
    return name


def currency(field: str, text: str) -> str:
    """An ISO 4217 code in capitals."""
    code = text.strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise Invalid(field, "must be a currency code such as EUR")
    return code


def moment(field: str, at: datetime, now: datetime, *, may_be_future: bool = False) -> datetime:
    """A time in UTC, truncated to milliseconds; from the year 1990 to five minutes ahead, or later if allowed."""
    if at.tzinfo is None:
        raise Invalid(field, "must have an offset from UTC, such as 2027-03-01T09:30:00Z")
    try:
        plain = at.astimezone(UTC)
    except OverflowError:
        raise Invalid(field, "is out of range") from None
    if plain < _EARLIEST:
        raise Invalid(field, "must not be before the year 1990")
    if not may_be_future and (plain - now).total_seconds() > 300:  # noqa: PLR2004 - clocks differ by minutes
        raise Invalid(field, "must not be in the future")
    return plain.replace(microsecond=plain.microsecond // 1000 * 1000)


def one_of(field: str, text: str, allowed: tuple[str, ...]) -> str:
    """One of the words, compared without case."""
    found = next((word for word in allowed if word.casefold() == text.strip().casefold()), None)
    if found is None:
        raise Invalid(field, f"must be one of {', '.join(allowed)}")
    return found


def given(**values: T | None) -> dict[str, T]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def _sized(field: str, text: str, longest: int, *, required: bool) -> str:
    if required and not text:
        raise Invalid(field, "must not be empty")
    if len(text) > longest:
        raise Invalid(field, f"must not be longer than {longest:,} characters")
    return text


def version(present: int, known: int | None) -> None:
    """Raises Conflict where the record was changed since the version that is known; None: any."""
    if known is not None and present != known:
        raise Conflict("it was changed meanwhile; look again")
