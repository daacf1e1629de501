"""Sealed files: a stream of bytes compressed, encrypted and authenticated under a passphrase. Used by actions.ops.backup.

Layout: `LLBACKUP`, one byte version (1), one byte log2 of scrypt's n, 16 bytes salt; then chunks, each four bytes big-endian length
and that many bytes of AES-256-GCM. The key is scrypt(passphrase, salt, n, r=8, p=1); chunk i has the nonce i in twelve bytes
(the first eleven) and a last byte that is 1 on the final chunk and 0 before; the associated data is the 26 bytes of the head. So
no chunk can be changed, left out, doubled or moved, and a file cut short is known as such. Inside the chunks is one zlib stream.
"""

import os
import struct
import zlib
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tracker.base.errors import LeadlightError

_MAGIC, _VERSION, _COST = b"LLBACKUP", 1, 15
_HEAD = struct.Struct(">8sBB16s")
_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 20
_LONGEST = _CHUNK + 64
_COSTS = range(14, 21)
_LEVEL = 3


class NotOpened(LeadlightError):
    """The file is no backup, was changed or cut short, or the passphrase is another."""


class Sealer:
    """Writes a sealed file. `close` writes the final chunk: without it the file cannot be opened."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self._head = _HEAD.pack(_MAGIC, _VERSION, _COST, os.urandom(16))
        self._cipher = _cipher(passphrase, self._head)
        self._zip = zlib.compressobj(_LEVEL)
        self._pending = bytearray()
        self._count = 0
        file.write(self._head)

    def write(self, data: bytes) -> None:
        """Takes some more. Raises OSError when the disk is full."""
        self._pending += self._zip.compress(data)
        while len(self._pending) > _CHUNK:
            self._put(bytes(self._pending[:_CHUNK]), is_last=False)
            del self._pending[:_CHUNK]

    def close(self) -> None:
        """Ends the stream; leaves the file open."""
        self._pending += self._zip.flush()
        self._put(bytes(self._pending), is_last=True)

    def _put(self, plain: bytes, *, is_last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._count, is_last=is_last), plain, self._head)
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._count += 1


class Opener:
    """Reads a sealed file. Every method raises NotOpened; what was read before stays authentic."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self._head = file.read(_HEAD.size)
        if len(self._head) < _HEAD.size or not self._head.startswith(_MAGIC):
            raise NotOpened("this is no backup of Leadlight")
        _, version, cost, _ = _HEAD.unpack(self._head)
        if version != _VERSION or cost not in _COSTS:
            raise NotOpened("this backup was made by a newer Leadlight")
        self._cipher = _cipher(passphrase, self._head)
        self._zip = zlib.decompressobj()
        self._ready = bytearray()
        self._count = 0
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Exactly so many bytes, or none at the end of the stream."""
        while len(self._ready) < size and not self._is_over:
            self._ready += self._zip.decompress(self._chunk())
        if len(self._ready) < size:
            if self._ready:
                raise NotOpened("the backup ends in the middle of something")
            return b""
        found = bytes(self._ready[:size])
        del self._ready[:size]
        return found

    def _chunk(self) -> bytes:
        length = self._file.read(_LENGTH.size)
        if len(length) < _LENGTH.size or _LENGTH.unpack(length)[0] > _LONGEST:
            raise NotOpened("the backup was cut short or changed")
        sealed = self._file.read(_LENGTH.unpack(length)[0])
        for is_last in (False, True):
            try:
                plain = self._cipher.decrypt(_nonce(self._count, is_last=is_last), sealed, self._head)
            except InvalidTag:
                continue
            self._count += 1
            self._is_over = is_last
            return plain
        raise NotOpened(
            "the passphrase is another, or the backup was changed" if self._count == 0 else "the backup was cut short or changed"
        )


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([is_last])


def _cipher(passphrase: str, head: bytes) -> AESGCM:
    _, _, cost, salt = _HEAD.unpack(head)
    secret = passphrase.encode("utf-8", "surrogateescape")  # one from the environment may be any bytes
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(secret))
