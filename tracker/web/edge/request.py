"""One request of a connection, as gunicorn's parser has read it and as the edge's application wants it. Used by `protocol`.

gunicorn builds a request object that serves every purpose, in a pixel's time the largest single part. The usual request needs none
of it: no header twice, no coding, no expectation, no upgrade. Whatever is not usual is read by gunicorn, with its checks.
"""

from typing import Any

import msgspec
from gunicorn.asgi.parser import CallbackRequest, InvalidRequestLine  # type: ignore[import-untyped]  # gunicorn has no types

_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
_ONE_ONE = (1, 1)


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
        found.version < _ONE_ONE or found.should_close(),
        awaits,
    )


def _scope(method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None) -> dict[str, Any]:
    return {"type": "http", "method": method, "raw_path": path, "query_string": query, "headers": headers, "client": client}
