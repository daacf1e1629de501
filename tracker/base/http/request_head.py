"""Strict parser for the head of an HTTP/1 request: ambiguous requests are rejected. Used by edge and console.

Sources: RFC 9112 (syntax, framing), RFC 9110 (fields), RFC 3986 (targets). Where they leave a choice, the stricter rule applies.
"""

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple

Field = tuple[bytes, bytes]
"""A field's name in lower case and its stripped value."""

_NAME = rb"[!#$%&'*+.^`|~0-9A-Za-z-]++"
_ANY_NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_VALUE = rb"[\t -~\x80-\xff]*+\r\n"
_LINE = rb"([A-Z][A-Z0-9_-]{0,31}) ([!-~]++) HTTP/1\.([01])\r\n"
_HEAD = re.compile(rb"(?:\r\n)?" + _LINE + rb"(?:" + _NAME + rb":" + _VALUE + rb")*+\r\n")
_HEAD_WITH_UNDERSCORES = re.compile(rb"(?:\r\n)?" + _LINE + rb"(?:" + _ANY_NAME + rb":" + _VALUE + rb")*+\r\n")

PARTIAL_HEAD = re.compile(rb"(?:\r\n)?(?:" + _LINE + rb"(?:" + _ANY_NAME + rb":" + _VALUE + rb")*+)?")
"""The complete lines of an incomplete head; the groups match once the request line is complete. RFC 9112, section 2.2 allows one empty
line before it."""
MORE_FIELDS = re.compile(rb"(?:" + _ANY_NAME + rb":" + _VALUE + rb")*+")
"""Complete field lines after those of PARTIAL_HEAD."""

_PORT = rb"(?::(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?"
_HOST = re.compile(rb"(?:(?=[^:]{1,255}(?::|$))[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*+\.?|\[([0-9A-Fa-f:.]{2,45})\])" + _PORT)
_ABSOLUTE = re.compile(rb"(https?)://([^/?]*)(?:[/?].*)?", re.IGNORECASE)
_DEFAULT_PORTS = {b"http": b":80", b"https": b":443"}
_LENGTH = re.compile(rb"0|[1-9][0-9]{0,17}")
"""18 digits fit into 64 bits everywhere."""
_FRAMING_LINE = re.compile(rb"\r\n(?:content-length|transfer-encoding): ?[!-~]+\r\n", re.IGNORECASE)
"""Parsers differ on white space beyond one space in the fields that frame a body."""

_HOST_NAME, _LENGTH_NAME, _CODING_NAME, _EXPECT_NAME = b"host", b"content-length", b"transfer-encoding", b"expect"
_SINGLE = frozenset(
    {
        *(_HOST_NAME, _LENGTH_NAME, _CODING_NAME, _EXPECT_NAME),
        *(b"content-type", b"content-encoding", b"authorization", b"proxy-authorization", b"cookie", b"origin"),
        *(b"idempotency-key", b"last-event-id", b"x-csrf-token"),
    }
)
"""Fields with a single value; programs differ on which one of several they use."""
_SPECIAL = frozenset((_LENGTH_NAME, _CODING_NAME, _EXPECT_NAME))
_SIGNIFICANT = _SINGLE | {
    *(b"connection", b"upgrade", b"te", b"trailer", b"keep-alive", b"forwarded", b"x-real-ip", b"x-request-id"),
    *(b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto", b"x-forwarded-prefix"),
    *(b"user-agent", b"referer", b"x-requested-with", b"sec-fetch-site", b"dnt", b"sec-gpc"),
}
"""Fields that must not be written with an underscore: CGI does not distinguish it from a dash."""
_HOP = frozenset({*_SINGLE, b"host", b"user-agent", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded"})
"""Fields that `Connection` must not name: a proxy removes named fields and would frame or interpret the request differently."""
_USUAL_OPTIONS = frozenset((b"keep-alive", b"close", b"upgrade"))
_WITHOUT_BODY = frozenset((b"GET", b"HEAD", b"CONNECT"))
"""Methods whose body has no meaning; some servers read it as the next request."""

CODES = {
    "malformed": "The request is not well-formed HTTP/1.0 or HTTP/1.1.",
    "underscore": "A header name is written with an underscore instead of a dash.",
    "target": "The request target is not an unambiguous path.",
    "host": "The request needs exactly one Host header with a valid host name.",
    "repeated_header": "A header with a single value is sent more than once.",
    "content_length": "Content-Length is not one plain decimal number.",
    "transfer_encoding": "Transfer-Encoding is not exactly `chunked`, or cannot be combined with the rest of the request.",
    "connection": "Connection names a required header.",
    "expect": "The only supported expectation is 100-continue.",
    "body": "A request with this method cannot have a body.",
    "chunk": "The chunks of the body are not well-formed.",
    "trailer": "Trailers behind the body are not taken.",
}
"""What may be wrong with a request, by its code: one sentence each."""


class Refused(Exception):
    """A rejected request: the response is 400 and the connection closes. `code` is one of `CODES`."""

    def __init__(self, code: str) -> None:
        super().__init__(CODES[code])
        self.code = code


class Head(NamedTuple):
    """A well-formed head."""

    method: bytes
    target: bytes
    is_one_one: bool
    fields: list[Field]


def read(raw: bytes) -> Head:
    """Parses the complete head at the start of these bytes. Raises Refused."""
    found = _match(raw)
    method, target, minor = found[1], found[2], found[3]
    lines = raw[found.end(3) + 2 : found.end() - 2].split(b"\r\n")[:-1]
    pairs = (line.partition(b":") for line in lines)
    fields = [(name.lower(), value.strip(b" \t")) for name, _, value in pairs]
    check(raw, fields)
    return Head(method, target, minor == b"1", fields)


def check(raw: bytes, fields: Sequence[Field]) -> dict[bytes, bytes]:
    """Checks the head at the start of `raw` with its parsed fields; returns the fields by name. Raises Refused.

    Runs for every request; a usual one costs two regular expressions and one dict.
    """
    found = _match(raw)
    named = dict(fields)
    host = named.get(_HOST_NAME)
    if host is None:
        if found[3] == b"1":
            raise Refused("host")
    elif (match := _HOST.fullmatch(host)) is None or (match[1] is not None and not _is_ipv6(match[1])):
        raise Refused("host")
    if len(named) != len(fields):
        _check_repeated(fields)
    target = found[2]
    if not target.startswith(b"/"):
        _check_unusual_target(found[1], target, host)
    if b"#" in target or (b"\\" in target and b"\\" in target.partition(b"?")[0]):
        raise Refused("target")
    options = named.get(b"connection")
    if (
        options is not None
        and (len(named) != len(fields) or options.lower() not in _USUAL_OPTIONS)
        and not _HOP.isdisjoint(_tokens(fields))
    ):
        raise Refused("connection")
    if not _SPECIAL.isdisjoint(named):
        _check_special(raw, found, named)
    return named


def _match(raw: bytes) -> re.Match[bytes]:
    found = _HEAD.match(raw)
    if found is not None:
        return found
    found = _HEAD_WITH_UNDERSCORES.match(raw)
    if found is None:
        raise Refused("malformed")
    for line in raw[found.end(3) + 2 : found.end()].split(b"\r\n"):
        name = line.partition(b":")[0].lower()
        if b"_" in name and name.replace(b"_", b"-") in _SIGNIFICANT:
            raise Refused("underscore")
    return found


def _check_repeated(fields: Sequence[Field]) -> None:
    seen: set[bytes] = set()
    for name, _ in fields:
        if name in seen and name in _SINGLE:
            raise Refused("repeated_header")
        seen.add(name)


def _tokens(fields: Sequence[Field]) -> set[bytes]:
    """The names in all `Connection` fields."""
    return {token.strip(b" \t").lower() for name, value in fields if name == b"connection" for token in value.split(b",")}


def _check_unusual_target(method: bytes, target: bytes, host: bytes | None) -> None:
    """RFC 9112, section 3.2: an absolute target must match Host, `*` is for OPTIONS; other forms are rejected."""
    if target == b"*":
        if method != b"OPTIONS":
            raise Refused("target")
        return
    found = _ABSOLUTE.fullmatch(target)
    if found is None or _HOST.fullmatch(found[2]) is None:
        raise Refused("target")
    port = _DEFAULT_PORTS[found[1].lower()]
    if host is not None and found[2].lower().removesuffix(port) != host.lower().removesuffix(port):
        raise Refused("target")


def _check_special(raw: bytes, found: re.Match[bytes], named: dict[bytes, bytes]) -> None:
    length, coding, expectation = named.get(_LENGTH_NAME), named.get(_CODING_NAME), named.get(_EXPECT_NAME)
    if expectation is not None and expectation.lower() != b"100-continue":
        raise Refused("expect")
    if coding is not None and (coding.lower() != b"chunked" or length is not None or found[3] == b"0"):
        raise Refused("transfer_encoding")
    if length is not None and _LENGTH.fullmatch(length) is None:
        raise Refused("content_length")
    if (coding is not None or length is not None) and _FRAMING_LINE.search(raw, 0, found.end()) is None:
        raise Refused("content_length" if coding is None else "transfer_encoding")
    if found[1] in _WITHOUT_BODY and (coding is not None or length not in (None, b"0")):
        raise Refused("body")


def _is_ipv6(text: bytes) -> bool:
    try:
        IPv6Address(text.decode("ascii"))
    except AddressValueError:
        return False
    return True
