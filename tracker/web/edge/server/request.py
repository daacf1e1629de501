"""One request of a connection, as gunicorn's parser has read it and as the edge's application wants it. Used by `protocol`.

The parser's leniencies do not matter: `tracker.base.http.request_head` checks the same bytes, and refuses what it could have misread.
"""

import re
from typing import Any

import msgspec

from tracker.base.http import request_head

_ONE_ONE = (1, 1)
_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
_WHOLE_ADDRESS = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_NEEDLESS = re.compile(rb"%(2[dDeE]|5[fF]|7[eE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])")
"""Characters that mean the same written out as written plainly. Source: RFC 3986, section 2.3."""


class Request(msgspec.Struct, gc=False):
    """`scope` is what `app.Edge.answer` needs of an ASGI scope."""

    scope: dict[str, Any]
    length: int
    """Of its body, as announced; 0 where nothing is, or if it comes in chunks."""
    is_last: bool
    """Whether the connection ends with its answer."""
    awaits_continue: bool
    """Whether its body comes only once it was asked for."""
    is_chunked: bool


def request_of(parser: Any, raw: bytes, client: tuple[str, int] | None) -> Request:
    """What the parser has, its headers being whole; `raw` begins with the bytes that it read. Raises `request_head.Refused`."""
    headers = getattr(parser, "asgi_headers", None)
    if headers is None:  # gunicorn's own parser, where the C one could not be built
        headers = parser.headers
    named = request_head.check(raw, headers)
    method = parser.method
    path, _, query = parser.path.partition(b"?")
    length, is_one_one = parser.content_length or 0, parser.http_version >= _ONE_ONE
    is_last, awaits, is_chunked = not is_one_one or method == b"CONNECT" or not parser.should_keep_alive, False, False
    if not _UNUSUAL.isdisjoint(named):
        is_chunked = b"transfer-encoding" in named
        awaits = is_one_one and b"expect" in named and (is_chunked or length > 0)
        # Nothing of ours follows what could be read as the end of HTTP/1.1, or as a body of another length.
        is_last = is_last or is_chunked or b"upgrade" in named
    if not is_last and len(named) != len(headers):
        is_last = any(name == b"connection" and b"close" in value.lower() for name, value in headers)
    return Request(_scope(method.decode("ascii"), path, query, headers, client), length, is_last, awaits, is_chunked)


def _scope(method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None) -> dict[str, Any]:
    if not path.startswith(b"/") and (start := _WHOLE_ADDRESS.match(path)):  # as a proxy is asked; RFC 9112, section 3.2.2
        path = path[start.end() :] or b"/"
    if b"%" in path:
        path = _NEEDLESS.sub(lambda found: bytes.fromhex(found[1].decode()), path)
    return {"type": "http", "method": method, "raw_path": path, "query_string": query, "headers": headers, "client": client}
