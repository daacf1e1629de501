"""One request of a connection: from gunicorn's parser to what the edge's application needs. Used by `request_reader`.

The parser is lenient in places. `tracker.base.http.request_head` checks the same bytes, and refuses what could be misread.
"""

import re
from typing import Any

import msgspec

from tracker.base.http import request_head

_ONE_ONE = (1, 1)
_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
_ABSOLUTE_TARGET = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_ESCAPED_UNRESERVED = re.compile(rb"%(2[dDeE]|5[fF]|7[eE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])")
"""Percent-encoded unreserved characters, equivalent to the plain ones (RFC 3986, section 2.3)."""


class Request(msgspec.Struct, gc=False):
    """`scope` is what `app.Edge.respond` needs of an ASGI scope."""

    scope: dict[str, Any]
    length: int
    """The Content-Length of its body; 0 where there is none, or where the body is chunked."""
    is_last: bool
    """Whether the connection closes after its response."""
    awaits_continue: bool
    """Whether the client waits for `100 Continue` before it sends the body."""
    is_chunked: bool


def request_of(parser: Any, raw: bytes, client: tuple[str, int] | None) -> Request:
    """The request whose head the parser has completed; `raw` begins with the bytes of that head. Raises `request_head.Refused`."""
    headers = getattr(parser, "asgi_headers", None)
    if headers is None:  # gunicorn's Python parser, where the C parser is not installed
        headers = parser.headers
    named = request_head.check(raw, headers)
    method = parser.method
    path, _, query = parser.path.partition(b"?")
    length, is_one_one = parser.content_length or 0, parser.http_version >= _ONE_ONE
    is_last, awaits, is_chunked = not is_one_one or method == b"CONNECT" or not parser.should_keep_alive, False, False
    if not _UNUSUAL.isdisjoint(named):
        is_chunked = b"transfer-encoding" in named
        awaits = is_one_one and b"expect" in named and (is_chunked or length > 0)
        # No response follows input that another program could read as an upgrade or as a body of another length.
        is_last = is_last or is_chunked or b"upgrade" in named
    if not is_last and len(named) != len(headers):
        is_last = any(name == b"connection" and b"close" in value.lower() for name, value in headers)
    scope = _scope(method.decode("ascii"), path, query, headers, client)
    scope["http_version"] = "1.1" if is_one_one else "1.0"
    return Request(scope, length, is_last, awaits, is_chunked)


def _scope(method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None) -> dict[str, Any]:
    if not path.startswith(b"/") and (start := _ABSOLUTE_TARGET.match(path)):  # absolute form; RFC 9112, section 3.2.2
        path = path[start.end() :] or b"/"
    if b"%" in path:
        path = _ESCAPED_UNRESERVED.sub(lambda found: bytes.fromhex(found[1].decode()), path)
    return {"type": "http", "method": method, "raw_path": path, "query_string": query, "headers": headers, "client": client}
