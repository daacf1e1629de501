"""Email addresses: the keys by which they are compared, and their form for mail servers. Domains are compared by `host_names`."""

import unicodedata
from collections.abc import Iterable
from email.utils import getaddresses

from tracker.base.network.host_names import ascii_name

_LONGEST = 254
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def address_key(text: str) -> str:
    """The key of an address for proofs of identity: equal only if every mail system delivers both spellings to the same mailbox.

    ASCII letters in lower case, the domain in ASCII (IDNA 2008, UTS 46). Empty for an invalid address. Non-ASCII letters before
    the @ are unchanged: `ß` is not `ss`.
    """
    plain = text[: _LONGEST * 4].strip()
    local, at, host = plain.rpartition("@")
    if not at or not local or not host or len(plain) > _LONGEST:
        return ""
    try:
        return f"{unicodedata.normalize('NFC', local).translate(_ASCII_LOWER)}@{ascii_name(host)}"
    except ValueError:
        return ""


def mailbox_key(text: str) -> str:
    """The key of an address for what is stored about a mailbox, never empty: all letters in lower case, the domain in ASCII.

    Other folds, such as `ß` to `ss`, would unite the mailboxes of two persons.
    """
    plain = unicodedata.normalize("NFC", text.strip())
    local, at, host = plain.rpartition("@")
    try:
        return f"{local.lower()}{at}{ascii_name(host)}"
    except ValueError:
        return plain.lower()


def domain_of(text: str) -> str:
    """The domain of an address in lower case (IDNA); empty for an invalid address."""
    return address_key(text).rpartition("@")[2]


def wire_address(text: str) -> str:
    """The address as mail servers take it: its domain in ASCII (IDNA 2008), the rest as it is. Unchanged if its domain is invalid."""
    local, at, host = text.rpartition("@")
    if host.isascii():
        return text
    try:
        return local + at + ascii_name(host)
    except ValueError:
        return text


def read_addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """Names and addresses of address fields (RFC 5322, 3.4); none where the standard library gives up. Never raises."""
    try:
        return getaddresses(list(values))
    except RecursionError:  # it calls itself for each of many colons
        return []
