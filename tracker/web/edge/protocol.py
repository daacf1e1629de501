"""One connection of the edge: gunicorn's HTTP/1.1 parser, and straight from a whole request to our application and back.

gunicorn's own protocol starts two tasks, builds a full ASGI scope and checks every header of every answer; of a pixel's time that
is the larger part. Here a request is two calls, one in and one back, and its answer one write. Parsing, its limits and its refusals
remain gunicorn's.
"""

import asyncio
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol, _get_cached_date_header  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.ingest.collect import BODY_LONGEST
from tracker.web.edge.answers import BROKEN, Answer
from tracker.web.edge.request import request_of

MOST_HELD = 64 * 1024
"""Bytes of further requests that may wait behind the one being answered."""

_AT_ONCE = 16 * 1024
"""Bytes given to the parser: of what stands behind a whole request it keeps 64 KiB, and throws the rest away."""
_LINGER_SECONDS = 2.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE = b"Connection: close\r\n\r\n"
_END = b"\r\n"

# gunicorn notes on the class that asks whether its C parser is there, and reads it on its own: a subclass that asks first would get
# the slow parser.
ASGIProtocol._check_h1c_protocol_available()  # noqa: SLF001 - see above


class EdgeProtocol(ASGIProtocol):  # type: ignore[misc]  # gunicorn has no types
    """One connection that was let in (see `door.Door`) with the bytes it had sent; knows its worker and the application there."""

    _h2c_upgrade_settings = None

    def __init__(self, worker: Any, address: str, sent: bytes) -> None:
        # Not gunicorn's own: that prepares for HTTP/2 and WebSockets, a sixth of what a new connection costs. What we use of it is here.
        self.worker = worker
        self.cfg = worker.cfg
        self.log = worker.log
        self.app = worker.asgi
        self.transport: Any = None
        self._closed = False
        self._callback_parser: Any = None
        self.address, self._sent = address, sent
        self._client = (address, 0) if address else None
        self._is_busy = False
        self._must_close = False
        self._request: Any = None  # a Request, once the headers are whole and until it is answered for
        self._is_head = False
        self._body: list[bytes] = []
        self._body_size = 0
        self._rest: bytes = b""
        """What the parser had kept behind the request that is being answered."""
        self._held: list[bytes] = []
        self._held_size = 0
        self._is_unread = False
        """Whether the client leaves so much of its answers unread that it gets no more of them."""
        self._has_ended = False
        """Whether it has said that it will send nothing more."""
        self._is_leaving = False
        self._is_waiting = False
        """Whether it has to read before the next request is looked at."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begins with what was sent at the door."""
        self.transport = transport
        if self._must_close:
            transport.abort()
            return
        try:
            self._setup_callback_parser()
            self.data_received(self._sent)
        except Exception:  # the loop would only log it, and leave the connection as it is
            self.log.exception("Error beginning a connection")
            transport.abort()
        self._sent = b""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forgets the connection. What it asked for is still committed."""
        self._closed = True
        # The C parser holds our methods and Python cannot see that: together they would stay in memory for ever.
        self._callback_parser = None
        self.worker.release(self, self.address)

    def data_received(self, data: bytes) -> None:
        """Parses, or holds what comes while a request is being answered."""
        if self._must_close or self._closed:
            return
        if self._is_busy:
            self._hold(data)
        else:
            self._parse(data)

    def eof_received(self) -> bool:
        """The client sends no more. What it has asked for is still answered; then the connection ends."""
        self._has_ended = True
        return self._is_busy and not self._is_leaving

    def pause_writing(self) -> None:
        """The client does not read its answers: then we neither read its requests nor answer those that are here."""
        self._is_unread = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self._is_unread = False
        if self._held_size <= MOST_HELD and not self._has_ended:
            self.transport.resume_reading()
        if self._is_waiting:
            self._is_waiting = False
            self.worker.is_whole(self)
            self.worker.loop.call_soon(self._go_on)

    def end(self) -> None:
        """Closes the connection at once, without a word; where the loop has not made it yet, as soon as it has."""
        self._must_close = True
        if self.transport:
            self.transport.abort()

    def _hold(self, data: bytes) -> None:
        self._held += [data[at : at + _AT_ONCE] for at in range(0, len(data), _AT_ONCE)]
        self._held_size += len(data)
        if self._held_size > MOST_HELD:
            self.transport.pause_reading()

    def _take_held(self) -> bytes:
        data, was_full = self._held.pop(0), self._held_size > MOST_HELD
        self._held_size -= len(data)
        if was_full and self._held_size <= MOST_HELD and not self._has_ended:
            self.transport.resume_reading()
        return data

    def _parse(self, data: bytes) -> None:
        """Up to the end of a request; what stands behind it is held until that is answered."""
        for at in range(0, len(data), _AT_ONCE):
            if self._must_close:
                break
            if self._is_busy:
                self._hold(data[at:])
                break
            try:
                is_well = self._feed_callback_parser(data[at : at + _AT_ONCE])
            except Exception:  # some callers are the loop itself, which would log it and leave the connection as it is
                self.log.exception("Error reading a request")
                self.transport.abort()
                is_well = False
            self._must_close = self._must_close or not is_well
        if not self._is_busy:
            self.worker.begins(self)  # also where it is being closed: who does not read the refusal has no more time than others

    def _on_headers_complete(self) -> bool:
        request = self._request = request_of(self._callback_parser, self._client)
        self._body, self._body_size = [], 0
        if request.length > BODY_LONGEST:
            self._refuse_rest()
        elif request.awaits_continue:
            self.transport.write(_CONTINUE)
        return False

    def _on_body(self, chunk: bytes) -> None:
        if self._is_busy:
            return
        self._body.append(chunk)
        self._body_size += len(chunk)
        if self._body_size > BODY_LONGEST:
            self._refuse_rest()

    def _on_message_complete(self) -> None:
        if not self._is_busy:
            self._start()

    def _refuse_rest(self) -> None:
        """Answers now and reads no more: the body is longer than anybody may send."""
        self._must_close = True
        self._start()

    def _start(self) -> None:
        self._is_busy = True
        self.worker.is_whole(self)
        request, self._request = self._request, None
        body, self._body = self._body, []
        self._must_close = self._must_close or request.is_last
        self._is_head = request.scope["method"] == "HEAD"
        try:
            self.app.answer(request.scope, body[0] if len(body) == 1 else b"".join(body), self._answered)
        except Exception:  # the process's outermost loop: a defect of ours must not cost the connection's neighbours
            self.log.exception("Error answering a request")
            self._must_close = True
            self.worker.loop.call_soon(self._answered, BROKEN)

    def _answered(self, answer: Answer) -> None:
        if self._closed:
            return
        self._must_close = self._must_close or not self.worker.alive
        end = _CLOSE if self._must_close else _END
        body = b"" if self._is_head else answer.body
        self.transport.write(b"".join((answer.head, _get_cached_date_header(), end, body)))
        if self._must_close:
            self._linger()
        else:
            self._next()

    def _next(self) -> None:
        """Back to reading: what was pipelined behind the answered request comes first."""
        parser = self._callback_parser
        if parser.remaining_truncated:
            self._finish()
            return
        self._rest = parser.remaining()
        parser.reset()
        if self._rest or self._held or self._is_unread:
            # In a turn of its own: of a thousand pipelined requests each would else be answered within the one before.
            self.worker.loop.call_soon(self._go_on)
        elif self._has_ended:
            self._finish()
        else:
            self._is_busy = False
            self.worker.is_idle(self)

    def _go_on(self) -> None:
        if self._closed:
            return
        if self._is_unread:
            self._is_waiting = True
            self.worker.begins(self)  # whoever does not read has no more time than others
            return
        rest, self._rest, self._is_busy = self._rest, b"", False
        if not rest and not self._held:
            self.worker.is_idle(self)
        if rest:
            self._parse(rest)
        while self._held and not self._is_busy and not self._must_close:
            self._parse(self._take_held())
        if self._has_ended and not self._is_busy:
            self._finish()

    def _finish(self) -> None:
        """Closes once the answers are read; whoever does not read them has no more time than others."""
        self.worker.begins(self)
        self._close_transport()

    def _linger(self) -> None:
        self._is_leaving = True
        self.worker.begins(self)  # whoever does not read the answer has no more time than others
        # Closing while the client still sends would reset the connection and take the answer with it.
        if self._callback_parser.is_complete:
            self._close_transport()
        elif self.transport.can_write_eof():
            self.transport.write_eof()
            self.worker.loop.call_later(_LINGER_SECONDS, self.transport.abort)
        else:
            self._close_transport()
