"""Archive format of backups: the entries of the stream inside the encrypted file. Used by backup and restore.

Each entry is a letter, a length of four bytes (big-endian) and its content:

    M  manifest, JSON: format, made_at, program, schema       first, once
    K  the file of the signing keys
    P  the keyring of the secrets in the database; absent if there was none, and in backups of older versions
    B  the public half of the recovery key; absent if there was none, and in backups of older versions
    T  the effective settings, JSON
    S  name of a spool file; R after it: sequence of eight bytes, then the row as the edge wrote it
    C  name of a collection; D after it: one document, BSON
    E  number of the entries before                           last, once
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from tracker.base.encryption.encrypted_stream import Decryptor, Encryptor, UnreadableFile

FORMAT = 1
_HEAD = struct.Struct(">cI")
_SEQUENCE = struct.Struct(">Q")
_MAX_LENGTH = 64 << 20

Counts = dict[str, int]
"""Number of documents or rows by collection name."""


class Entry(NamedTuple):
    """One entry of the stream."""

    kind: str
    content: bytes


def write_entry(encryptor: Encryptor, entry: Entry) -> None:
    """Appends the entry to the encrypted file."""
    encryptor.write(_HEAD.pack(entry.kind.encode(), len(entry.content)) + entry.content)


def pack_row(sequence: int, body: bytes) -> Entry:
    """The entry of a spool row."""
    return Entry("R", _SEQUENCE.pack(sequence) + body)


def unpack_row(content: bytes) -> tuple[int, bytes]:
    """The sequence and body of a spool row's entry."""
    return _SEQUENCE.unpack(content[: _SEQUENCE.size])[0], content[_SEQUENCE.size :]


class EntryReader:
    """Reads the entries of an encrypted file in order. Raises UnreadableFile."""

    def __init__(self, decryptor: Decryptor) -> None:
        self._decryptor = decryptor
        self._lookahead: Entry | None = None

    def next(self) -> Entry:
        """The next entry. Raises UnreadableFile at the end of the file: the last entry is E."""
        if self._lookahead is not None:
            found, self._lookahead = self._lookahead, None
            return found
        head = self._decryptor.read(_HEAD.size)
        if not head:
            raise UnreadableFile("the backup is incomplete")
        kind, length = _HEAD.unpack(head)
        if length > _MAX_LENGTH:
            raise UnreadableFile("the backup contains an entry that is too long")
        return Entry(kind.decode("ascii"), self._decryptor.read(length) if length else b"")

    def take(self, kind: str) -> bytes:
        """The content of the next entry. Raises UnreadableFile if it is of another kind."""
        entry = self.next()
        if entry.kind != kind:
            raise UnreadableFile("the backup does not start with a manifest")
        return entry.content

    def take_all(self, kind: str) -> Iterator[bytes]:
        """The contents of the following entries of this kind."""
        while (entry := self.next()).kind == kind:
            yield entry.content
        self._lookahead = entry
