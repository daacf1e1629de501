"""The edge's reading of a request, held against gunicorn's own: what is accepted means the same to both."""

import re
import string
from typing import Any

import pytest
from gunicorn.asgi.parser import CallbackRequest, ParseError, PythonProtocol
from gunicorn.asgi.protocol import ASGIProtocol
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.raw_requests import ACCEPTED, REFUSED
from tracker.base.http.request_head import Refused
from tracker.web.edge.server.request import Request, request_of

CLIENT = ("192.0.2.1", 0)
TARGETS = st.sampled_from(["/", "*", "/a?b", "/a?", "/?a?b", "/%2e%zz", "http://x/y?z", "http://x:80/%41%2d%5F%2f%7b/%C3", "http://x"])
ODD_TARGETS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=12).map(lambda text: "/" + text)
CONNECTIONS = ["close", "CLOSE\t", "keep-alive", "close, keep-alive", "keep-alive, close", "TE, close", "close,", "closed", "upgrade", ""]
HEADERS = st.one_of(
    st.tuples(st.just("Connection"), st.sampled_from(CONNECTIONS)),
    st.tuples(st.just("Content-Length"), st.sampled_from(["0", "3", "03"])),
    st.tuples(st.just("Transfer-Encoding"), st.sampled_from(["chunked", "gzip, chunked", "chunked, gzip"])),
    st.tuples(st.just("Expect"), st.sampled_from(["100-Continue", "something"])),
    st.tuples(st.just("Upgrade"), st.just("h2c")),
    st.tuples(st.sampled_from(["Accept", "X-Forwarded-For", "X_Y"]), st.sampled_from(["x", "é", ""])),
)
METHODS = ["GET", "HEAD", "POST", "CONNECT", "OPTIONS"]
HEADS = st.tuples(st.sampled_from(METHODS), TARGETS | ODD_TARGETS, st.sampled_from(["1.0", "1.1"]), st.lists(HEADERS, max_size=3))
Head = tuple[str, str, str, list[tuple[str, str]]]


ASGIProtocol._check_h1c_protocol_available()
PARSERS = [ASGIProtocol._h1c_protocol_class or PythonProtocol, PythonProtocol]
"""The one that gunicorn takes here, in C where it could be built, and its own."""


def both(make: Any, raw: bytes) -> tuple[Request | None, CallbackRequest | None]:
    """What we and what gunicorn make of it; None for what is refused."""
    found: list[Any] = [None, None]

    def complete() -> bool:
        for place, read in enumerate((lambda: request_of(parser, raw, CLIENT), lambda: CallbackRequest.from_parser(parser))):
            try:
                found[place] = read()
            except (ParseError, Refused):
                found[place] = None
        return True

    parser = make(on_headers_complete=complete, permit_unconventional_http_method=True)
    try:
        parser.feed(raw)
    except Exception as error:
        if not (isinstance(error, ParseError) or type(error).__module__.startswith("gunicorn_h1c")):
            raise
    return found[0], found[1]


def written(head: Head) -> bytes:
    """As it comes over the wire, for the host `x`."""
    method, target, version, headers = head
    lines = [f"{method} {target} HTTP/{version}", "Host: x", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def plain(path: bytes) -> bytes:
    """The path of an absolute target, and what need not be written as %XX written plainly."""
    if path.startswith(b"http://"):
        path = b"/" + path.partition(b"//")[2].partition(b"/")[2]
    unreserved = string.ascii_letters + string.digits + "-._~"

    def one(found: re.Match[bytes]) -> bytes:
        char = chr(int(found[1], 16))
        return char.encode() if char in unreserved else found[0]

    return re.sub(rb"%([0-9a-fA-F]{2})", one, path)


def assert_same(ours: Request, theirs: CallbackRequest | None) -> None:
    """The same method, path, query, headers, length and end of the connection."""
    assert theirs is not None
    named = dict(theirs.headers_bytes)
    is_closed = any(name == b"connection" and b"close" in value.lower() for name, value in theirs.headers_bytes)
    assert ours.scope == {
        "type": "http",
        "method": theirs.method,
        "raw_path": plain(theirs.raw_path),
        "query_string": (theirs.query or "").encode("latin-1"),
        "headers": theirs.headers_bytes,
        "client": CLIENT,
        "http_version": "1.0" if theirs.version < (1, 1) else "1.1",
    }
    assert (ours.length, ours.is_chunked) == (theirs.content_length, theirs.chunked)
    assert ours.is_last or not (theirs.version < (1, 1) or theirs.should_close() or theirs.chunked or is_closed or b"upgrade" in named)
    assert ours.awaits_continue == (theirs._expect_100_continue and (theirs.chunked or theirs.content_length > 0))


@pytest.mark.parametrize("make", PARSERS)
@settings(max_examples=500)
@given(head=HEADS)
@example(head=("GET", "/a", "1.1", [("Connection", "keep-alive"), ("Connection", "close")]))
@example(head=("POST", "/e", "1.1", [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip")]))
def test_what_is_accepted_means_the_same_to_gunicorn(make: Any, head: Head) -> None:
    """Whatever is asked, well or badly."""
    ours, theirs = both(make, written(head))
    if ours is not None:
        assert_same(ours, theirs)


@pytest.mark.parametrize("make", PARSERS)
@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_connection_ends_when_the_client_says_so(make: Any, connection: str, version: str) -> None:
    """Alone or in a list: a client that reads to the end of the connection would otherwise wait for it."""
    for method in METHODS:
        ours, theirs = both(make, written((method, "/a?b", version, [("Connection", connection)])))
        assert ours is not None
        assert_same(ours, theirs)
        named = {word.strip().lower() for word in connection.split(",")}
        assert ours.is_last or (version == "1.1" and method != "CONNECT" and "close" not in named)


def test_what_need_not_be_escaped_is_read_as_written() -> None:
    """Each character of ASCII, in both spellings of its number."""
    for spelling in {f"%{number:{kind}}" for number in range(0x80) for kind in ("02x", "02X")}:
        ours, theirs = both(PythonProtocol, written(("GET", f"/o/{spelling}", "1.1", [])))
        assert ours is not None
        assert_same(ours, theirs)


@pytest.mark.parametrize("make", PARSERS)
@pytest.mark.parametrize("name", [name for name in REFUSED if not name.startswith("chunk: ")])
def test_no_parser_gets_an_ambiguous_head_past_the_check(make: Any, name: str) -> None:
    """Each is refused by the parser or by what stands behind it."""
    assert both(make, REFUSED[name])[0] is None


@pytest.mark.parametrize("make", PARSERS)
@pytest.mark.parametrize("name", ACCEPTED)
def test_unambiguous_requests_are_read(make: Any, name: str) -> None:
    """With both parsers, and as gunicorn does."""
    ours, theirs = both(make, ACCEPTED[name])
    assert ours is not None
    assert theirs is not None
