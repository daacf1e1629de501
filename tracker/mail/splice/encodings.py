"""Transfer encodings and charsets of a text part: decoded strictly, so that encoding again gives the same bytes. Used by `mail`."""

import binascii
import codecs
import re

_PRINTABLE = bytes(range(32, 127))
_BAD_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
_NO_CHARSETS = frozenset(("unicode-escape", "raw-unicode-escape", "punycode", "idna", "utf-7", "hz", "undefined"))
"""Codecs of Python in which ASCII text does not stand for itself."""
_LONGEST_LINE = 998
"""Bytes without the line break (RFC 5322, 2.1.1)."""
PLAIN = ("7bit", "8bit", "binary")
_WIDTH = 76


class Inexact(Exception):
    """The part cannot be decoded and encoded again without a change."""


def decoded_body(body: bytes, encoding: str) -> bytes:
    """The body without its transfer encoding. Raises Inexact."""
    if encoding in PLAIN:
        return body
    if encoding == "quoted-printable":
        if _BAD_QUOTED.search(body):
            raise Inexact("quoted-printable")
        return binascii.a2b_qp(body)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
        except binascii.Error:
            raise Inexact("base64") from None
    raise Inexact("encoding")


def encoded_body(content: bytes, encoding: str) -> tuple[bytes, str]:
    """The body with its transfer encoding, and its name: plain ones become quoted-printable where the content needs it. Raises Inexact."""
    if encoding == "base64":
        text = binascii.b2a_base64(content, newline=False)
        return b"\r\n".join(text[i : i + _WIDTH] for i in range(0, len(text), _WIDTH)), encoding
    if encoding in PLAIN and _fits(content, encoding):
        return content, encoding
    quoted = _quoted(content)
    if binascii.a2b_qp(quoted) != content:
        raise Inexact("quoted-printable")
    return quoted, "quoted-printable"


def _quoted(content: bytes) -> bytes:
    """Lines of CRLF; other line breaks are encoded."""
    return b"\r\n".join(binascii.b2a_qp(line, istext=False).replace(b"=\n", b"=\r\n") for line in content.split(b"\r\n"))


def _fits(content: bytes, encoding: str) -> bool:
    return (encoding != "7bit" or content.isascii()) and max(map(len, content.split(b"\n"))) <= _LONGEST_LINE


def decoded_text(content: bytes, charset: str) -> str:
    """The text. Raises Inexact for an unknown charset, one that is no superset of ASCII, and for bytes that it does not have."""
    try:
        name = codecs.lookup(charset).name
        if name in _NO_CHARSETS:
            raise Inexact("charset")
        text = content.decode(name)
        if _PRINTABLE.decode(name) != _PRINTABLE.decode("ascii") or text.encode(name) != content:
            raise Inexact("charset")
    except (LookupError, UnicodeError, ValueError, TypeError):
        raise Inexact("charset") from None
    return text


def encoded_text(text: str, charset: str) -> bytes:
    """The bytes of HTML; what the charset lacks becomes character references."""
    return text.encode(codecs.lookup(charset).name, "xmlcharrefreplace")
