"""Equality of email addresses. Two spellings are equal only if every mail system delivers them to the same mailbox."""

import unicodedata

import idna

_LONGEST = 254
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def address_key(text: str) -> str:
    """The key of an address, the same for equal addresses: ASCII letters in lower case, the host in IDNA 2008.

    Empty for an invalid address. Non-ASCII letters before the @ are unchanged: `ß` is not `ss`.
    """
    plain = text[: _LONGEST * 4].strip()
    local, at, host = plain.rpartition("@")
    if not at or not local or not host or len(plain) > _LONGEST:
        return ""
    try:
        name = host.translate(_ASCII_LOWER) if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""
    return f"{unicodedata.normalize('NFC', local).translate(_ASCII_LOWER)}@{name}"


def spellings_of(text: str) -> frozenset[str]:
    """The address as it is typed, and with its domain in ASCII and in its own letters, as records of different origin hold it."""
    plain = text.strip()
    local, at, _ = plain.rpartition("@")
    host = domain_of(plain)
    if not host:
        return frozenset({plain})
    return frozenset({plain, f"{local}{at}{host}", f"{local}{at}{_in_own_letters(host)}"})


def _in_own_letters(host: str) -> str:
    try:
        return idna.decode(host)
    except idna.IDNAError:
        return host


def domain_of(text: str) -> str:
    """The domain of an address in lower case (IDNA); empty for an invalid address."""
    return address_key(text).rpartition("@")[2]


def wire_address(text: str) -> str:
    """The address as mail servers take it: its domain in ASCII (IDNA 2008), the rest as it is. Unchanged if its domain is invalid."""
    local, at, host = text.rpartition("@")
    if host.isascii():
        return text
    try:
        return local + at + idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return text
