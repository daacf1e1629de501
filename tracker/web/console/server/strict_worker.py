"""A gunicorn gevent worker with strict request parsing (`http_request`), which refuses with problem details.

`worker.py` extends it. An ambiguous request gets 400, and the connection is closed.
"""

import json
import socket
import time
from http import HTTPStatus
from typing import Any

import gevent
from gunicorn import util  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.http.errors import (  # type: ignore[import-untyped]  # gunicorn has no types
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
)
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base.http.request_head import CODES, Refused
from tracker.web.console.server.http_request import BodyTooLarge, StrictParser, StrictRequest

BODY_SECONDS = 120.0
"""Timeout of a chunked body."""
_LINGER_SECONDS = 1.0
"""How long data is read after a response. Closing earlier could discard the response."""
_LINGER_BYTES = 256 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


_Refusal = tuple[int, str, str]
"""Status, code, and a sentence."""
_REFUSALS: tuple[tuple[type[Exception], _Refusal], ...] = (
    (BodyTooLarge, (413, "too_large", "The body is too large.")),
    (LimitRequestLine, (414, "target_too_long", "The request target is too long.")),
    (LimitRequestHeaders, (431, "headers_too_large", "There are too many headers, or one of them is too long.")),
    (ParseException, (400, "malformed", CODES["malformed"])),
)
_FAULT: _Refusal = (500, "internal", "Internal error; the log contains details.")


class StrictWorker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """Parses requests strictly. Supports HTTP/1 without TLS; a proxy terminates TLS."""

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serves one connection until it ends."""
        client.setblocking(1)
        try:
            refusal = self._serve(listener.getsockname(), client, addr)
            if refusal is not None:
                client.sendall(_problem(*refusal))
            _linger(client)
        except (NoMoreData, OSError) as error:
            self.log.debug("Closing connection. %s", error)
        finally:
            util.close(client)

    def _serve(self, name: Any, client: Any, addr: Any) -> _Refusal | None:
        """Handles the requests of a connection; returns the refusal of the last one, if any."""
        parser, request = StrictParser(self.cfg, client, addr), None
        try:
            while request is None or parser.finish_body(time.monotonic() + _LINGER_SECONDS):
                request = self._next(parser, client)
                if request is None:
                    return None
                self.handle_request(name, request, client, addr)
        except StopIteration:
            return None
        except (NoMoreData, OSError):
            raise
        except Refused as error:
            return 400, error.code, str(error)
        except Exception as error:  # the outermost loop of a connection: an error must not end the process
            refusal = next((refusal for kind, refusal in _REFUSALS if isinstance(error, kind)), _FAULT)
            if refusal is _FAULT:
                self.log.exception("Error handling a request")
            return refusal
        return None

    def _next(self, parser: StrictParser, client: Any) -> StrictRequest | None:
        """The next request with its chunked body read, or None if none arrived in time."""
        request: StrictRequest | None = None
        with self.timeout_ctx():
            request = next(parser)
        if request is not None:
            request.proxy_protocol_info = {}
            if request.awaits_continue:
                client.sendall(_CONTINUE)
            if request.is_chunked:
                with gevent.Timeout(BODY_SECONDS, NoMoreData()):
                    request.take_chunks()
        return request


def _problem(status: int, code: str, detail: str) -> bytes:
    """A complete problem details response (RFC 9457) that closes the connection."""
    phrase = HTTPStatus(status).phrase
    body = json.dumps({"type": "about:blank", "title": phrase, "status": status, "detail": detail, "code": code}).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nDate: {util.http_date()}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def _linger(client: Any) -> None:
    """Reads remaining data briefly before the connection is closed."""
    client.shutdown(socket.SHUT_WR)
    with gevent.Timeout(_LINGER_SECONDS, False):
        left = _LINGER_BYTES
        while left > 0 and (part := client.recv(min(left, 65_536))):
            left -= len(part)
