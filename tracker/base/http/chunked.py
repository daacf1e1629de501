"""Strict decoder of the chunked transfer coding: ambiguous bodies are rejected. Used by edge and console.

Source: RFC 9112, section 7.1. It is stricter: no white space in a chunk line, no trailers, limits for sizes and lines.
"""

import re

from tracker.base.http.request_head import Refused

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb'|"[ !#-\[\]-~]*"))?)*')
"""A size of at most 32 bits, then extensions, which are ignored."""
_MAX_LINE = 256
_END = b"\r\n"


class ChunkedDecoder:
    """Incremental decoder of one body."""

    def __init__(self) -> None:
        self.is_complete = False
        self.rest = b""
        """The bytes after the body, once it is complete."""
        self._pending = b""
        self._left = 0
        """Missing bytes of the current chunk."""
        self._expects_end = False
        """Whether the line end after a chunk comes next."""
        self._is_last = False

    def feed(self, data: bytes) -> bytes:
        """The content in these bytes. Raises Refused at the first error."""
        content: list[bytes] = []
        data, at = self._pending + data, 0
        self._pending = b""
        while not self.is_complete:
            if self._left:
                part = data[at : at + self._left]
                content.append(part)
                at += len(part)
                self._left -= len(part)
                if self._left:
                    break
                self._expects_end = True
            end = self._line_end(data, at)
            if end < 0:
                self._pending = data[at:]
                break
            self._take(data[at:end])
            at = end + len(_END)
        else:
            self.rest += data[at:]
        return b"".join(content)

    def _line_end(self, data: bytes, at: int) -> int:
        """The end of the line that starts at `at`; negative if it is incomplete."""
        limit = 0 if self._expects_end or self._is_last else _MAX_LINE
        end = data.find(b"\n", at)
        if end < 0:
            line = data[at:]
            if len(line) > limit + 1 or b"\r" in line[:-1] or (len(line) > limit and not line.endswith(b"\r")):
                raise Refused("trailer" if self._is_last else "chunk")
            return -1
        if end == at or data[end - 1 : end] != b"\r" or end - 1 - at > limit:
            raise Refused("trailer" if self._is_last and data[end - 1 : end] == b"\r" else "chunk")
        return end - 1

    def _take(self, line: bytes) -> None:
        if self._is_last:
            self.is_complete = True
        elif self._expects_end:
            self._expects_end = False
        else:
            found = _LINE.fullmatch(line)
            if found is None:
                raise Refused("chunk")
            self._left = int(found[1], 16)
            self._is_last = not self._left
