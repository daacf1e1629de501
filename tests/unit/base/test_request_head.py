"""Strict reading of heads and of chunks: the tables of `tests.raw_requests`, cut anywhere, and whatever hypothesis thinks of."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.raw_requests import ACCEPTED, BAD_CHUNKS, REFUSED, get
from tracker.base.http import request_head
from tracker.base.http.chunked import ChunkedDecoder
from tracker.base.http.request_head import CODES, PARTIAL_HEAD, Refused

HEADS = {name: raw for name, raw in REFUSED.items() if not name.startswith("chunk: ")}


@pytest.mark.parametrize("name", HEADS)
def test_ambiguous_heads_are_refused(name: str) -> None:
    """With one of the known codes."""
    with pytest.raises(Refused) as caught:
        request_head.read(HEADS[name])
    assert caught.value.code in CODES


@pytest.mark.parametrize("name", ACCEPTED)
def test_plain_heads_are_read(name: str) -> None:
    """Names in lower case, values without the white space around them; what stands behind the head does not matter."""
    raw = ACCEPTED[name]
    head = request_head.read(raw)

    first, *lines = raw.removeprefix(b"\r\n").partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert b"%b %b HTTP/1.%d" % (head.method, head.target, head.is_one_one) == first
    assert [name for name, _ in head.fields] == [line.partition(b":")[0].lower() for line in lines]
    assert all(value == value.strip() for _, value in head.fields)
    assert request_head.read(raw + b"\0\n") == head


@settings(max_examples=500)
@given(place=st.integers(0, 60), byte=st.integers(0, 255), insert=st.booleans())
def test_a_changed_byte_never_makes_another_reading(place: int, byte: int, *, insert: bool) -> None:
    """Whatever is accepted consists of lines that end with CRLF, each with a name and a value of allowed characters."""
    raw = get(headers=b"Host: localhost\r\nX-A: b\r\nX-C: d\r\n")
    changed = raw[:place] + bytes([byte]) + raw[place + (not insert) :]
    try:
        head = request_head.read(changed)
    except Refused:
        return
    text = changed.partition(b"\r\n\r\n")[0]
    assert text.replace(b"\r\n", b"").translate(None, bytes(range(0x20)).replace(b"\t", b"") + b"\x7f") == text.replace(b"\r\n", b"")
    assert len(text.removeprefix(b"\r\n").split(b"\r\n")) == 1 + len(head.fields)
    assert all(name and not set(name) & set(b' \t"(),/:;<=>?@[\\]{}') for name, _ in head.fields)


@pytest.mark.parametrize("name", ACCEPTED)
def test_part_of_a_head_may_become_one(name: str) -> None:
    """Finished lines of what is accepted are never taken for wrong, however much has come."""
    head = ACCEPTED[name].partition(b"\r\n\r\n")[0] + b"\r\n"
    for end in [at + 1 for at, byte in enumerate(head) if byte == 10]:
        assert PARTIAL_HEAD.fullmatch(head, 0, end)


@pytest.mark.parametrize(("name", "named"), [("x_y", True), ("content_length", False), ("Host_", True), ("x_forwarded-for", False)])
def test_underscores_are_refused_where_they_may_be_taken_for_dashes(name: str, *, named: bool) -> None:
    """In the names of fields that mean something; others are mere noise."""
    raw = get(headers=f"Host: localhost\r\n{name}: 1\r\n".encode())
    if named:
        assert request_head.read(raw).fields[1] == (name.lower().encode(), b"1")
    else:
        with pytest.raises(Refused, match="underscore"):
            request_head.read(raw)


def decoded(body: bytes, step: int) -> tuple[bytes, bool, bytes]:
    """The content, whether it is complete, and what stands behind it; the body comes in pieces."""
    decoder = ChunkedDecoder()
    content = b"".join(decoder.feed(body[at : at + step]) for at in range(0, len(body), step))
    return content, decoder.is_complete, decoder.rest


@settings(max_examples=300)
@given(parts=st.lists(st.binary(min_size=1, max_size=40), max_size=6), step=st.integers(1, 60), behind=st.binary(max_size=10))
@example(parts=[b"\r\n", b"0\r\n\r\n"], step=1, behind=b"\r\n")
def test_chunks_are_decoded_however_they_are_cut(parts: list[bytes], step: int, behind: bytes) -> None:
    """Content that looks like framing is content."""
    body = b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    assert decoded(body + behind, step) == (b"".join(parts), True, behind)
    for end in range(len(body)):
        assert not decoded(body[:end], step)[1]


@pytest.mark.parametrize("step", [1, 2, 7, 20_000])
@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_ambiguous_chunks_are_refused(name: str, step: int) -> None:
    """However they are cut."""
    with pytest.raises(Refused):
        decoded(BAD_CHUNKS[name], step)


@settings(max_examples=500)
@given(place=st.integers(0, 16), byte=st.integers(0, 255), step=st.sampled_from([1, 50]))
def test_a_changed_byte_of_the_framing_is_noticed_or_harmless(place: int, byte: int, step: int) -> None:
    """No chunk is ever longer or shorter than its number says."""
    body = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    changed = body[:place] + bytes([byte]) + body[place + 1 :]
    try:
        content, is_complete, rest = decoded(changed, step)
    except Refused:
        return
    if is_complete:
        assert len(content) == (5 if place not in (0, 8) else len(content))
        assert changed.endswith(b"0\r\n\r\n" + rest)
