"""When two spellings are one email address. Only what every mail system treats alike is equal, since mail to one must reach the other."""

import unicodedata

import idna

_LONGEST = 254
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def address_key(text: str) -> str:
    """The form in which equal addresses are equal: ASCII letters in lower case, the host as IDNA 2008 has it.

    Empty for what cannot be an address. Letters beyond ASCII before the @ stay as they are: `ß` is not `ss`.
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
