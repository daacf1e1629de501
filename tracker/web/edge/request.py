"""One request of a connection, as gunicorn's parser has read it and as the edge's application wants it. Used by `protocol`.

gunicorn builds a request object that serves every purpose, in a pixel's time the largest single part. The usual request needs none
of it: no header twice, no coding, no expectation, no upgrade. Whatever is not usual is read by gunicorn, with its checks.
"""

import re
from typing import Any

import msgspec
from gunicorn.asgi.parser import CallbackRequest, InvalidHeader, InvalidRequestLine  # type: ignore[import-untyped]  # gunicorn has no types

_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
_ONE_ONE = (1, 1)
_LENGTH, _CODING = b"content-length", b"transfer-encoding"
_MOST_DIGITS = 18
"""Of a length: longer ones do not fit into what the C parser counts with, and come out as small ones."""
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


def request_of(parser: Any, client: tuple[str, int] | None) -> Request:
    """What the parser has, its headers being whole. Raises gunicorn's errors where the request is none: `ParseError` and its like."""
    # gunicorn's own parser, where the C one could not be built, has no such attribute and is slow in any case.
    headers = getattr(parser, "asgi_headers", None)
    if headers is None:
        return _unusual(parser, client)
    fields = dict(headers)
    if b"" in fields or len(fields.get(_LENGTH, b"")) > _MOST_DIGITS:  # a folded line, too, comes as one without a name
        raise InvalidHeader("Invalid header")
    if len(fields) != len(headers) or not _UNUSUAL.isdisjoint(fields):
        return _unusual(parser, client)
    target, method = parser.path, parser.method
    if not target.isascii() or not target.decode("ascii").isprintable() or b" " in target:
        raise InvalidRequestLine("Invalid request line")
    path, _, query = target.partition(b"?")
    return Request(
        _scope(method.decode("ascii"), path, query, headers, client),
        parser.content_length or 0,
        parser.http_version < _ONE_ONE or method == b"CONNECT" or not parser.should_keep_alive,
        False,
    )


def _unusual(parser: Any, client: tuple[str, int] | None) -> Request:
    found = CallbackRequest.from_parser(parser)
    query = found.query.encode("latin-1") if found.query else b""
    awaits = found._expect_100_continue and (found.chunked or found.content_length > 0)  # noqa: SLF001 - its only word for it
    return Request(
        _scope(found.method, found.raw_path, query, found.headers_bytes, client),
        found.content_length,
        # What a chunk's length is, the C parser and a proxy may see differently: nothing of ours follows a body in chunks.
        found.version < _ONE_ONE or found.should_close() or found.chunked,
        awaits,
    )


def _scope(method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None) -> dict[str, Any]:
    if not path.startswith(b"/") and (start := _WHOLE_ADDRESS.match(path)):  # as a proxy is asked; RFC 9112, section 3.2.2
        path = path[start.end() :] or b"/"
    if b"%" in path:
        path = _NEEDLESS.sub(lambda found: bytes.fromhex(found[1].decode()), path)
    return {"type": "http", "method": method, "raw_path": path, "query_string": query, "headers": headers, "client": client}
