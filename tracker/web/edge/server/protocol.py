"""One connection of the edge: gunicorn's HTTP/1.1 parser, and straight from a whole request to our application and back.

gunicorn's own protocol starts two tasks, builds a full ASGI scope and checks every header of every answer; of a pixel's time that
is the larger part. Here a request is two calls, one in and one back, and its answer one write. Parsing and its limits remain
gunicorn's; what the parser lets pass is checked by `request`, and bodies in chunks are decoded by `tracker.base.http.chunked`.
"""

import asyncio
from typing import Any

from gunicorn.asgi.protocol import _get_cached_date_header  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.web.edge.responses import BROKEN, Answer
from tracker.web.edge.server.request_reader import RequestReader

MOST_HELD = 64 * 1024
"""Bytes of further requests that may wait behind the one being answered."""

_AT_ONCE = 16 * 1024
"""Bytes given to the parser: of what stands behind a whole request it keeps 64 KiB, and throws the rest away."""
_LINGER_SECONDS = 2.0
_CLOSE = b"Connection: close\r\n\r\n"
_END = b"\r\n"


class EdgeProtocol(RequestReader):
    """One connection that was let in (see `door.Door`) with the bytes it had sent; knows its worker and the application there."""

    _h2c_upgrade_settings = None

    def __init__(self, worker: Any, address: str, sent: bytes) -> None:
        # Not gunicorn's own constructor: that prepares for HTTP/2 and WebSockets, a sixth of what a new connection costs. What we use of it is here.
        self.worker = worker
        self.cfg = worker.cfg
        self.log = worker.log
        self.app = worker.asgi
        self.begin_reading((address, 0) if address else None)
        self._closed = False
        self.address, self._sent = address, sent
        self._must_close = False
        self._is_head = False
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
                refusal = self.read(data[at : at + _AT_ONCE])
            except Exception:  # some callers are the loop itself, which would log it and leave the connection as it is
                self.log.exception("Error reading a request")
                self._must_close = True
                self.transport.abort()
            else:
                if refusal is not None:
                    self._refuse(refusal)
        if not self._is_busy:
            self.worker.begins(self)  # also where it is being closed: who does not read the refusal has no more time than others

    def _refuse(self, answer: Answer) -> None:
        """Says what is wrong and reads no more; where an answer is on its way already, the client gets only that."""
        self._must_close = True
        self._head, self._head_size = [], 0
        if not self._is_busy:
            self._is_busy, self._is_head, self._request = True, False, None
            self._answered(answer)

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
        if self._callback_parser.is_complete and (self._chunks is None or self._chunks.is_complete):
            self._close_transport()
        elif self.transport.can_write_eof():
            self.transport.write_eof()
            self.worker.loop.call_later(_LINGER_SECONDS, self.transport.abort)
        else:
            self._close_transport()
