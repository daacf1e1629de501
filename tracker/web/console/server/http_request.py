"""Requests to the console as its worker reads them: gunicorn's parser behind the rules of `tracker.base.http.request_head`, and bodies in
chunks decoded by `tracker.base.http.chunked` before the application sees anything of them.
"""

from tempfile import SpooledTemporaryFile
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.http.message import Request  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base.http import request_head
from tracker.base.http.chunked import ChunkedDecoder
from tracker.base.http.request_head import MORE_FIELDS, PARTIAL_HEAD, Head, Refused

BODY_LONGEST = 12 * 2**20
"""Bytes of a body in chunks; the application's own limit for the others."""
_IN_MEMORY = 256 * 2**10
_END = b"\r\n\r\n"
_OTHER_LINES = 3
"""Lines of a head besides its fields: maybe an empty one, the request line, and the empty one at its end."""


class BodyTooLarge(Exception):
    """A body in chunks that is longer than any page takes."""


class StrictRequest(Request):  # type: ignore[misc]  # gunicorn has no types
    """One request, whose head is well-formed. Reading raises Refused, or gunicorn's own errors where a limit is passed."""

    headers: Any
    _expected_100_continue: bool
    is_chunked = False
    """Whether the body is still to be taken, by `take_chunks`."""
    awaits_continue = False
    """Whether the client sends its body only once it was asked for."""

    def parse(self, unreader: Any) -> bytes:
        """Reads the head, checks it, and leaves it to gunicorn. Returns what stands behind it."""
        head = self._checked(unreader)
        named = dict(head.fields)
        self.is_chunked = b"transfer-encoding" in named
        has_body = self.is_chunked or named.get(b"content-length", b"0") != b"0"
        if b"upgrade" in named or any(name == b"connection" and b"close" in value.lower() for name, value in head.fields):
            self.force_close()
        unused: bytes = super().parse(unreader)
        self.awaits_continue = self._expected_100_continue and has_body
        self._expected_100_continue = False
        return unused

    def set_body_reader(self) -> None:
        """Nothing of ours follows a body in chunks: its end is where programs disagree."""
        super().set_body_reader()
        if self.is_chunked:
            self.force_close()

    def take_chunks(self) -> None:
        """Reads a body in chunks to its end, and makes it one of known length. Raises Refused, BodyTooLarge, NoMoreData."""
        decoder, size = ChunkedDecoder(), 0
        content = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it is closed with the request that refers to it
        while not decoder.is_complete:
            data = self.unreader.read()
            if not data:
                raise NoMoreData
            part = decoder.feed(data)
            size += len(part)
            if size > BODY_LONGEST:
                raise BodyTooLarge
            content.write(part)
        content.seek(0)
        self.body, self.is_chunked = content, False
        self.headers = [(name, value) for name, value in self.headers if name != "TRANSFER-ENCODING"]
        self.headers.append(("CONTENT-LENGTH", str(size)))

    def _checked(self, unreader: Any) -> Head:
        """The head, read to its last byte and given back. Lines that can become none are refused without waiting for the rest."""
        data = bytearray()
        judged, expected = 0, PARTIAL_HEAD
        while True:
            part = unreader.read()
            if not part:
                if data:
                    raise NoMoreData
                raise StopIteration
            data += part
            if data.count(b"\r\n") > self.limit_request_fields + _OTHER_LINES:
                raise LimitRequestHeaders("There are too many headers.")
            if data.find(_END, max(0, len(data) - len(part) - len(_END) + 1)) >= 0:
                break
            end = data.rfind(b"\n", judged) + 1
            if end:
                lines = expected.fullmatch(data, judged, end)
                if lines is None:
                    raise Refused("malformed")
                if lines.lastindex:
                    expected = MORE_FIELDS
                if expected is MORE_FIELDS:  # an empty line before the request is judged again, since there may be only one
                    judged = end
            self._check_size(data, judged)
        raw = bytes(data)
        unreader.unread(raw)
        return request_head.read(raw)

    def _check_size(self, data: bytearray, judged: int) -> None:
        unfinished = len(data) - judged
        if not judged:
            if unfinished > self.limit_request_line + len(b"\r\n"):
                raise LimitRequestLine(unfinished, self.limit_request_line)
        elif unfinished > self.limit_request_field_size or len(data) > self.max_buffer_headers:
            raise LimitRequestHeaders("The head is too long.")


class StrictParser(RequestParser):  # type: ignore[misc]  # gunicorn has no types
    """The requests of one connection, in order."""

    mesg_class = StrictRequest
