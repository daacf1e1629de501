"""The edge's reading of a request, held against gunicorn's own."""

import re
import string
from typing import Any

import pytest
from gunicorn.asgi.parser import CallbackRequest, ParseError, PythonProtocol
from gunicorn.asgi.protocol import ASGIProtocol
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.web.edge.request import Request, request_of

CLIENT = ("192.0.2.1", 0)
TARGETS = st.sampled_from(["/", "*", "/a?b", "/a?", "/?a?b", "/%2e%zz", "http://x/y?z", "http://x:1/%41%2d%5F%2f%7b/%C3"])
ODD_TARGETS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=12).map(lambda text: "/" + text)
CONNECTIONS = ["close", "CLOSE\t", "keep-alive", "close, keep-alive", "keep-alive, close", "TE, close", "close,", "closed", "upgrade", ""]
HEADERS = st.one_of(
    st.tuples(st.just("Connection"), st.sampled_from(CONNECTIONS)),
    st.tuples(st.just("Content-Length"), st.sampled_from(["0", "3", "03"])),
    st.tuples(st.just("Transfer-Encoding"), st.sampled_from(["chunked", "gzip, chunked", "chunked, gzip"])),
    st.tuples(st.just("Expect"), st.sampled_from(["100-Continue", "something"])),
    st.tuples(st.just("Upgrade"), st.just("h2c")),
    st.tuples(st.sampled_from(["Accept", "X-Forwarded-For", "Host"]), st.sampled_from(["x", "é", ""])),
)
METHODS = ["GET", "HEAD", "POST", "CONNECT", "OPTIONS"]
HEADS = st.tuples(st.sampled_from(METHODS), TARGETS | ODD_TARGETS, st.sampled_from(["1.0", "1.1"]), st.lists(HEADERS, max_size=3))
Head = tuple[str, str, str, list[tuple[str, str]]]


ASGIProtocol._check_h1c_protocol_available()
PARSERS = [ASGIProtocol._h1c_protocol_class or PythonProtocol, PythonProtocol]
"""The one that gunicorn takes here, in C where it could be built, and its own."""


def both(make: Any, head: Head) -> tuple[Request | None, CallbackRequest | None]:
    """What we and what gunicorn make of it; None for what is refused."""
    method, target, version, headers = head
    lines = [f"{method} {target} HTTP/{version}", *(f"{name}: {value}" for name, value in headers), "", ""]
    found: list[Any] = [None, None]

    def complete() -> bool:
        for place, read in enumerate((lambda: request_of(parser, CLIENT), lambda: CallbackRequest.from_parser(parser))):
            try:
                found[place] = read()
            except ParseError:
                found[place] = None
        return True

    parser = make(on_headers_complete=complete)
    try:
        parser.feed("\r\n".join(lines).encode("latin-1"))
    except Exception as error:
        if not (isinstance(error, ParseError) or type(error).__module__.startswith("gunicorn_h1c")):
            raise
    return found[0], found[1]


def plain(path: bytes) -> bytes:
    """The path of an absolute target, and what need not be written as %XX written plainly."""
    if path.startswith(b"http://"):
        path = b"/" + path.split(b"/", 3)[3]
    unreserved = string.ascii_letters + string.digits + "-._~"

    def one(found: re.Match[bytes]) -> bytes:
        char = chr(int(found[1], 16))
        return char.encode() if char in unreserved else found[0]

    return re.sub(rb"%([0-9a-fA-F]{2})", one, path)


def assert_same(ours: Request | None, theirs: CallbackRequest | None) -> None:
    """The same method, path, query, headers, length and end of the connection, or both refuse it."""
    assert (ours is None) == (theirs is None)
    if ours is None or theirs is None:
        return
    assert ours.scope == {
        "type": "http",
        "method": theirs.method,
        "raw_path": plain(theirs.raw_path),
        "query_string": (theirs.query or "").encode("latin-1"),
        "headers": theirs.headers_bytes,
        "client": CLIENT,
    }
    assert ours.length == theirs.content_length
    assert ours.is_last == (theirs.version < (1, 1) or theirs.should_close() or theirs.chunked)
    assert ours.awaits_continue == (theirs._expect_100_continue and (theirs.chunked or theirs.content_length > 0))


@pytest.mark.parametrize("make", PARSERS)
@settings(max_examples=500)
@given(head=HEADS)
@example(head=("GET", "/a", "1.1", [("Host", "x"), ("Host", "x")]))
@example(head=("POST", "/e", "1.1", [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip")]))
def test_the_short_way_says_what_gunicorns_says(make: Any, head: Head) -> None:
    """Whatever is asked, well or badly."""
    assert_same(*both(make, head))


@pytest.mark.parametrize("make", PARSERS)
@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_connection_ends_when_the_client_says_so(make: Any, connection: str, version: str) -> None:
    """Alone or in a list: whoever reads to the end of the connection would else wait for it."""
    for method in METHODS:
        ours, theirs = both(make, (method, "/a?b", version, [("Host", "x"), ("Connection", connection)]))
        assert ours is not None
        assert_same(ours, theirs)
        named = {word.strip().lower() for word in connection.split(",")}
        assert ours.is_last or (version == "1.1" and method != "CONNECT" and "close" not in named)


def test_what_need_not_be_escaped_is_read_as_written() -> None:
    """Each character of ASCII, in both spellings of its number."""
    for spelling in {f"%{number:{kind}}" for number in range(0x80) for kind in ("02x", "02X")}:
        ours, theirs = both(PythonProtocol, ("GET", f"/o/{spelling}", "1.1", [("Host", "x")]))
        assert_same(ours, theirs)


@pytest.mark.parametrize("header", ["Content-Length: 18446744073709551616", "Content-Length: 18446744073709551621", "X: a\r\n b"])
def test_what_the_c_parser_misreads_is_refused(header: str) -> None:
    """A length beyond what it counts with, and a line that goes on in the next one."""
    ours, _ = both(PARSERS[0], ("POST", "/e", "1.1", [("Host", "x"), tuple(header.split(": ", 1))]))

    assert ours is None
