"""Strict request parsing for the console's worker: gunicorn's parser behind `tracker.base.http.request_head`.

Chunked bodies are decoded by `tracker.base.http.chunked` before the application sees the request.
"""

from tempfile import SpooledTemporaryFile
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.http.message import Request  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base.http import request_head
from tracker.base.http.chunked import ChunkedDecoder
from tracker.base.http.request_head import MORE_FIELDS, PARTIAL_HEAD, Head, Refused

BODY_LONGEST = 16 * 2**20
"""Maximum bytes of a chunked body. The application limits other bodies."""
_IN_MEMORY = 256 * 2**10
_END = b"\r\n\r\n"
_OTHER_LINES = 3
"""Lines of a head besides its fields: an optional empty line, the request line, the final empty line."""


class BodyTooLarge(Exception):
    """A chunked body exceeds the limit."""


class StrictRequest(Request):  # type: ignore[misc]  # gunicorn has no types
    """One request with a well-formed head. Parsing raises Refused, or gunicorn's errors if a limit is exceeded."""

    headers: Any
    _expected_100_continue: bool
    is_chunked = False
    """Whether `take_chunks` must still read the body."""
    awaits_continue = False
    """Whether the client waits for 100 Continue before it sends the body."""

    def parse(self, unreader: Any) -> bytes:
        """Checks the head, then lets gunicorn parse it. Returns the unused bytes after it."""
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
        """Closes the connection after a chunked body, because programs may disagree on its end."""
        super().set_body_reader()
        if self.is_chunked:
            self.force_close()

    def take_chunks(self) -> None:
        """Reads the whole chunked body and sets its length. Raises Refused, BodyTooLarge, NoMoreData."""
        decoder, size = ChunkedDecoder(), 0
        content = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed together with the request
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
        """Reads the complete head and pushes it back. Refuses malformed lines without waiting for the rest."""
        data = bytearray()
        checked, expected = 0, PARTIAL_HEAD
        while True:
            part = unreader.read()
            if not part:
                if data:
                    raise NoMoreData
                raise StopIteration
            data += part
            last = data.find(_END, max(0, len(data) - len(part) - len(_END) + 1))
            # Only lines of the head count: those of a file may have come with it.
            if data.count(b"\r\n", 0, last if last >= 0 else len(data)) > self.limit_request_fields + _OTHER_LINES:
                raise LimitRequestHeaders("There are too many headers.")
            if last >= 0:
                break
            end = data.rfind(b"\n", checked) + 1
            if end:
                lines = expected.fullmatch(data, checked, end)
                if lines is None:
                    raise Refused("malformed")
                if lines.lastindex:
                    expected = MORE_FIELDS
                if expected is MORE_FIELDS:  # an empty line before the request is checked again, since only one is allowed
                    checked = end
            self._check_size(data, checked)
        raw = bytes(data)
        unreader.unread(raw)
        return request_head.read(raw)

    def _check_size(self, data: bytearray, checked: int) -> None:
        unfinished = len(data) - checked
        if not checked:
            if unfinished > self.limit_request_line + len(b"\r\n"):
                raise LimitRequestLine(unfinished, self.limit_request_line)
        elif unfinished > self.limit_request_field_size or len(data) > self.max_buffer_headers:
            raise LimitRequestHeaders("The head is too long.")


class StrictParser(RequestParser):  # type: ignore[misc]  # gunicorn has no types
    """The requests of one connection, in order."""

    mesg_class = StrictRequest
