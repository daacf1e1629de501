"""Reading the requests of one connection: gunicorn's parser, checked by the stricter rules of `tracker.base.http.request_head` and
`tracker.base.http.chunked`. The part of `protocol.EdgeProtocol` that knows nothing of responses.
"""

from typing import Any

from gunicorn.asgi.parser import ParseError  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.asgi.protocol import ASGIProtocol  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base.http.chunked import ChunkedDecoder
from tracker.base.http.request_head import Refused
from tracker.web.edge.page_events import BODY_LIMIT
from tracker.web.edge.responses import LINE_TOO_LONG, MALFORMED, REFUSED, TOO_MANY_HEADERS, Response
from tracker.web.edge.server.request import request_of

HEAD_LIMIT = 64 * 1024
"""Bytes of a request's head. Without a limit the parser would keep all input until the deadline."""
_END = b"\r\n\r\n"
_PARSER_FIELD_LIMIT = 200
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# gunicorn stores on the class that is asked whether its C parser is installed, and reads that from its own class: if a subclass is
# asked first, gunicorn uses the slow parser.
ASGIProtocol._check_h1c_protocol_available()  # noqa: SLF001 - see above
_PARSE_ERRORS = (ParseError, *getattr(ASGIProtocol, "_h1c_parse_errors", ()))
_TOO_LONG = {"LimitRequestLine": LINE_TOO_LONG, "LimitRequestHeaders": TOO_MANY_HEADERS}
"""Responses to errors of both parsers, by the class names that they share. Every other error is `malformed`."""


class RequestReader(ASGIProtocol):  # type: ignore[misc]  # gunicorn has no types
    """Calls `_start` when a request is complete, and `_refuse_rest` when its body is longer than the limit."""

    def begin_reading(self, client: tuple[str, int] | None) -> None:
        """Sets the reading state of a new connection."""
        self.transport: Any = None
        self._callback_parser: Any = None
        self._client = client
        self._request: Any = None
        """A Request while its body is read: from the end of its head until it is handed to the application."""
        self._head: list[bytes] = []
        """The parts of an incomplete head."""
        self._head_size = 0
        self._body: list[bytes] = []
        self._body_size = 0
        self._chunks: ChunkedDecoder | None = None

    def read(self, part: bytes) -> Response | None:
        """Reads some bytes. Returns the response to a refused request, after which nothing may be read, else None."""
        try:
            return self._read(part)
        except Refused as error:
            return REFUSED[error.code]
        except _PARSE_ERRORS as error:
            # The C parser has a limit of its own on the number of fields, and reports more as malformed.
            is_many = b"".join(self._head).count(b"\r\n") > _PARSER_FIELD_LIMIT
            return _TOO_LONG.get(type(error).__name__, TOO_MANY_HEADERS if is_many else MALFORMED)

    def _start(self) -> None:
        raise NotImplementedError

    def _refuse_rest(self) -> None:
        raise NotImplementedError

    def _read(self, part: bytes) -> Response | None:
        if self._chunks is not None:
            self._decode(part)
            return None
        if self._request is None:
            self._head.append(part)
            self._head_size += len(part)
        self._callback_parser.feed(part)
        if self._head and _END in b"".join(self._head[-len(_END) :]):  # the parser waits for the rest of a truncated version
            return MALFORMED
        if self._head_size > HEAD_LIMIT:
            is_line = not any(b"\r\n" in part for part in self._head)
            return LINE_TOO_LONG if is_line else TOO_MANY_HEADERS
        return None

    def _on_headers_complete(self) -> bool:
        head, self._head, self._head_size = self._head, [], 0
        request = self._request = request_of(self._callback_parser, head[0] if len(head) == 1 else b"".join(head), self._client)
        self._body, self._body_size = [], 0
        if request.length > BODY_LIMIT:
            self._refuse_rest()
        elif request.awaits_continue:
            self.transport.write(_CONTINUE)
        return request.is_chunked  # the parser leaves a chunked body to us

    def _on_body(self, chunk: bytes) -> None:
        if self._request is None:  # the application has it
            return
        self._body.append(chunk)
        self._body_size += len(chunk)
        if self._body_size > BODY_LIMIT:
            self._refuse_rest()

    def _on_message_complete(self) -> None:
        if self._request is None:
            return
        if self._request.is_chunked:
            self._chunks = ChunkedDecoder()
            self._decode(self._callback_parser.remaining())
        else:
            self._start()

    def _decode(self, part: bytes) -> None:
        chunks = self._chunks
        if chunks is not None and (content := chunks.feed(part)):
            self._on_body(content)
        if chunks is not None and chunks.is_complete and self._request is not None:
            self._start()
