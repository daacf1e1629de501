"""One connection of the edge: gunicorn's HTTP/1.1 parser, and straight from a complete request to our application and back.

gunicorn's own protocol starts two tasks, builds a full ASGI scope and checks every header of every response; that is the larger part
of a pixel's time. Here a request is two calls, one in and one back, and its response is one write. Parsing and its limits remain
gunicorn's; `request` checks what the parser accepts, and `tracker.base.http.chunked` decodes chunked bodies.
"""

import asyncio
from typing import Any

from gunicorn.asgi.protocol import _get_cached_date_header  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.web.edge.responses import BROKEN, Response
from tracker.web.edge.server.request_reader import RequestReader
from tracker.web.edge.server.state import ConnectionState

HELD_LIMIT = 64 * 1024
"""Bytes of further requests that may wait behind the one being answered. Beyond that the connection is not read."""

_PART_BYTES = 16 * 1024
"""Bytes given to the parser at once: of what follows a complete request it keeps 64 KiB, and discards the rest."""
_LINGER_SECONDS = 2.0
_CLOSE = b"Connection: close\r\n\r\n"
_KEEP_ALIVE = b"\r\n"
_END_OF_INPUT = b""
"""Held behind the last input of a client that has closed its half of the connection."""

# A member looked up on its enum costs ten times a global, and each request asks eight times.
_READING = ConnectionState.READING
_ANSWERING = ConnectionState.ANSWERING
_ANSWERING_BLOCKED = ConnectionState.ANSWERING_BLOCKED
_BLOCKED = ConnectionState.BLOCKED
_ANSWERING_LAST = ConnectionState.ANSWERING_LAST
_CLOSING = ConnectionState.CLOSING
_CLOSED = ConnectionState.CLOSED
_HOLDING = frozenset((_ANSWERING, _ANSWERING_BLOCKED, _BLOCKED))


class EdgeProtocol(RequestReader):
    """One accepted connection. Its worker holds the application and the deadlines."""

    def __init__(self, worker: Any, address: str) -> None:
        # Not gunicorn's own constructor: that prepares for HTTP/2 and WebSockets, a sixth of the cost of a new connection. What we use of it is here.
        self.worker = worker
        self.deadlines = worker.deadlines
        self.cfg = worker.cfg
        self.log = worker.log
        self.app = worker.asgi
        self.begin_reading((address, 0) if address else None)
        self._state = _READING
        self._rest: bytes = b""
        """Input that the parser has read beyond the request being answered."""
        self._held: list[bytes] = []
        """Input behind that, at most `_PART_BYTES` each."""
        self._held_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Prepares the parser; aborts the connection if its deadline has passed already."""
        self.transport = transport
        if self._state is _CLOSED:
            transport.abort()
            return
        try:
            self._setup_callback_parser()
        except Exception:  # the event loop would log it and leave the connection open
            self.log.exception("Error starting a connection")
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forgets the connection. Captures of its requests are committed all the same."""
        self._state = _CLOSED
        # The C parser refers to our methods and the garbage collector cannot see that: together they would never be freed.
        self._callback_parser = None
        self.worker.remove(self)

    def data_received(self, data: bytes) -> None:
        """Parses, holds or discards input, as the state says."""
        if self._state is _READING:
            self._parse(data)
        elif self._state in _HOLDING:
            self._hold(data)

    def eof_received(self) -> bool:
        """The client sends no more. The requests it has sent are still answered; then the connection closes."""
        self._held.append(_END_OF_INPUT)
        return self._state in _HOLDING or self._state is _ANSWERING_LAST

    def pause_writing(self) -> None:
        """The client does not read its responses: neither is its input read nor the next request answered."""
        if self._state is _READING:
            self._state = _BLOCKED
            self.deadlines.start_request(self)
        elif self._state is _ANSWERING:
            self._state = _ANSWERING_BLOCKED
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client has read its responses."""
        if self._state is _ANSWERING_BLOCKED:
            self._state = _ANSWERING
        elif self._state is _BLOCKED:
            self._state = _ANSWERING
            self.deadlines.clear(self)
            self.worker.loop.call_soon(self._continue)
        self._resume_reading()

    def abort(self) -> None:
        """Closes the connection at once; where the event loop has not made it yet, as soon as it has."""
        self._state = _CLOSED
        if self.transport:
            self.transport.abort()

    def _resume_reading(self) -> None:
        has_ended = bool(self._held) and self._held[-1] == _END_OF_INPUT
        if self._held_size <= HELD_LIMIT and not has_ended:
            self.transport.resume_reading()

    def _hold(self, data: bytes) -> None:
        self._held += [data[at : at + _PART_BYTES] for at in range(0, len(data), _PART_BYTES)]
        self._held_size += len(data)
        if self._held_size > HELD_LIMIT:
            self.transport.pause_reading()

    def _take_held(self) -> bytes:
        data, was_full = self._held.pop(0), self._held_size > HELD_LIMIT
        self._held_size -= len(data)
        if was_full and self._held_size <= HELD_LIMIT:
            self._resume_reading()
        return data

    def _parse(self, data: bytes) -> None:
        """Reads up to the end of a request. What follows it is held until that request is answered."""
        for at in range(0, len(data), _PART_BYTES):
            if self._state is not _READING:
                self.data_received(data[at:])  # holds or discards it
                break
            try:
                refusal = self.read(data[at : at + _PART_BYTES])
            except Exception:  # the event loop would log it and leave the connection open
                self.log.exception("Error reading a request")
                self.abort()
            else:
                if refusal is not None:
                    self._refuse(refusal)
        if self._state is _READING:
            self.deadlines.start_request(self)

    def _refuse(self, response: Response) -> None:
        """Sends an error response and closes; where a request is being answered already, its response is the last."""
        is_answering = self._state is not _READING and self._state is not _BLOCKED
        self._state = _ANSWERING_LAST
        self._head, self._head_size = [], 0
        if not is_answering:
            self._request = None
            self._send(response)

    def _refuse_rest(self) -> None:
        """Answers now and reads no more: the body is longer than the limit."""
        self._start(is_last=True)

    def _start(self, *, is_last: bool = False) -> None:
        request, self._request = self._request, None
        body, self._body = self._body, []
        if is_last or request.is_last:
            self._state = _ANSWERING_LAST
        else:
            self._state = _ANSWERING if self._state is _READING else _ANSWERING_BLOCKED
        self.deadlines.clear(self)
        send = self._send_head if request.scope["method"] == "HEAD" else self._send
        try:
            self.app.respond(request.scope, body[0] if len(body) == 1 else b"".join(body), send)
        except Exception:  # the outermost frame of a request: a defect must not affect other connections
            self.log.exception("Error answering a request")
            self._state = _ANSWERING_LAST
            self.worker.loop.call_soon(send, BROKEN)

    def _send(self, response: Response) -> None:
        self._write(response.head, response.body)

    def _send_head(self, response: Response) -> None:
        self._write(response.head, b"")

    def _write(self, head: bytes, body: bytes) -> None:
        if self._state is _CLOSED:
            return
        if not self.worker.alive:
            self._state = _ANSWERING_LAST
        is_last = self._state is _ANSWERING_LAST
        self.transport.write(b"".join((head, _get_cached_date_header(), _CLOSE if is_last else _KEEP_ALIVE, body)))
        if is_last:
            self._linger()
        else:
            self._next()

    def _next(self) -> None:
        """Returns to reading; pipelined requests come first."""
        parser = self._callback_parser
        if parser.remaining_truncated:
            self._finish()
            return
        self._rest = parser.remaining()
        parser.reset()
        if self._rest or self._held or self._state is _ANSWERING_BLOCKED:
            # In a round of its own: otherwise each of a thousand pipelined requests would be answered within the one before.
            self.worker.loop.call_soon(self._continue)
        else:
            self._state = _READING
            self.deadlines.start_idle(self)

    def _continue(self) -> None:
        """Reads what is held, up to the end of the next request."""
        if self._state is _ANSWERING_BLOCKED:
            self._state = _BLOCKED
            self.deadlines.start_request(self)
        elif self._state is _ANSWERING:
            self._state = _READING
            if self._rest or self._held:
                self._read_held()
            elif self._head or self._request is not None:
                self.deadlines.start_request(self)
            else:
                self.deadlines.start_idle(self)

    def _read_held(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self._parse(rest)
        while self._held and self._state is _READING:
            if self._held[0] == _END_OF_INPUT:
                self._finish()
            else:
                self._parse(self._take_held())

    def _finish(self) -> None:
        """Closes once the client has read its responses, for which it has until the deadline."""
        self._state = _CLOSING
        self.deadlines.start_request(self)
        self.transport.close()

    def _linger(self) -> None:
        """Closes after the last response. If the client may still be sending, waits: a reset would discard the response."""
        is_complete = self._callback_parser.is_complete and (self._chunks is None or self._chunks.is_complete)
        if is_complete or not self.transport.can_write_eof():
            self._finish()
            return
        self._state = _CLOSING
        self.deadlines.start_request(self)
        self.transport.write_eof()
        self.worker.loop.call_later(_LINGER_SECONDS, self.transport.abort)
