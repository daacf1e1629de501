"""Sealed files: what was written comes back, and whatever else is done to the file is noticed."""

import io
import os

import pytest

from tracker.base.encryption.encrypted_stream import Decryptor, Encryptor, UnreadableFile

PHRASE = "lantern harbor quilt"
CONTENT = os.urandom(2_500_000) + b"text " * 100_000


@pytest.fixture(scope="module")
def sealed() -> bytes:
    file = io.BytesIO()
    encryptor = Encryptor(file, PHRASE)
    for start in range(0, len(CONTENT), 70_001):
        encryptor.write(CONTENT[start : start + 70_001])
    encryptor.close()
    return file.getvalue()


def opened(data: bytes, phrase: str = PHRASE) -> bytes:
    decryptor, parts = Decryptor(io.BytesIO(data), phrase), []
    while part := decryptor.read(100_000):
        parts.append(part)
    return b"".join(parts)


def test_what_was_written_comes_back(sealed):
    """Three megabytes in several chunks; nothing of them can be read from outside."""
    decryptor = Decryptor(io.BytesIO(sealed), PHRASE)
    assert decryptor.read(len(CONTENT)) == CONTENT
    assert decryptor.read(1) == b""
    assert CONTENT[:64] not in sealed


def chunks(data: bytes) -> list[bytes]:
    found, at = [data[:26]], 26
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        found.append(data[at:end])
        at = end
    return found


def without(data: bytes, number: int) -> bytes:
    return b"".join(part for n, part in enumerate(chunks(data)) if n != number)


def swapped(data: bytes) -> bytes:
    head, one, two, *rest = chunks(data)
    return b"".join((head, two, one, *rest))


SPOILED = {
    "a bit flipped": lambda data: data[:9000] + bytes([data[9000] ^ 1]) + data[9001:],
    "the salt changed": lambda data: data[:12] + bytes([data[12] ^ 1]) + data[13:],
    "cut in a chunk": lambda data: data[:-7],
    "cut between chunks": lambda data: without(data, len(chunks(data)) - 1),
    "a chunk left out": lambda data: without(data, 2),
    "two chunks swapped": swapped,
    "something else": lambda data: b"PK\x03\x04" + data,
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_a_changed_file_is_refused(sealed, spoil):
    """A truncated or changed backup is not restored."""
    with pytest.raises(UnreadableFile):
        opened(spoil(sealed))


def test_a_passphrase_may_be_any_bytes():
    """As one in the environment of a machine that is not set to UTF-8."""
    phrase, file = os.fsdecode(b"laterne \xfcber hafen"), io.BytesIO()
    Encryptor(file, phrase).close()
    assert opened(file.getvalue(), phrase) == b""


def test_another_passphrase_opens_nothing(sealed):
    """The message does not tell which of the two it was: it cannot know."""
    with pytest.raises(UnreadableFile, match="passphrase"):
        opened(sealed, "lantern harbor quilts")
