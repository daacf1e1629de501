"""Encrypted files: a stream of bytes, compressed, encrypted and authenticated with a passphrase. Used by backup and restore.

Layout: `LLBACKUP`, one byte version (1), one byte log2 of scrypt's n, 16 bytes salt; then chunks, each four bytes big-endian length
and that many bytes of AES-256-GCM. The key is scrypt(passphrase, salt, n, r=8, p=1); chunk i has the nonce i in twelve bytes
(the first eleven) and a last byte that is 1 on the final chunk and 0 before; the associated data is the 26 bytes of the head. So
changed, missing, repeated, moved and truncated chunks are detected. The chunks contain one zlib stream.
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
_MAX_CHUNK = _CHUNK + 64
_COSTS = range(14, 21)
_LEVEL = 3


class UnreadableFile(LeadlightError):
    """The file is not a backup, was changed or truncated, or the passphrase is wrong."""


class Encryptor:
    """Writes an encrypted file. `close` writes the final chunk, without which the file is unreadable."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self._head = _HEAD.pack(_MAGIC, _VERSION, _COST, os.urandom(16))
        self._cipher = _cipher(passphrase, self._head)
        self._zip = zlib.compressobj(_LEVEL)
        self._pending = bytearray()
        self._count = 0
        file.write(self._head)

    def write(self, data: bytes) -> None:
        """Appends data. Raises OSError when the disk is full."""
        self._pending += self._zip.compress(data)
        while len(self._pending) > _CHUNK:
            self._write_chunk(bytes(self._pending[:_CHUNK]), is_last=False)
            del self._pending[:_CHUNK]

    def close(self) -> None:
        """Writes the final chunk; leaves the file open."""
        self._pending += self._zip.flush()
        self._write_chunk(bytes(self._pending), is_last=True)

    def _write_chunk(self, plain: bytes, *, is_last: bool) -> None:
        ciphertext = self._cipher.encrypt(_nonce(self._count, is_last=is_last), plain, self._head)
        self._file.write(_LENGTH.pack(len(ciphertext)) + ciphertext)
        self._count += 1


class Decryptor:
    """Reads an encrypted file. Every method raises UnreadableFile; data read before remain authentic."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self._head = file.read(_HEAD.size)
        if len(self._head) < _HEAD.size or not self._head.startswith(_MAGIC):
            raise UnreadableFile("this is not a backup of Leadlight")
        _, version, cost, _ = _HEAD.unpack(self._head)
        if version != _VERSION or cost not in _COSTS:
            raise UnreadableFile("this backup was made by a newer Leadlight")
        self._cipher = _cipher(passphrase, self._head)
        self._zip = zlib.decompressobj()
        self._buffer = bytearray()
        self._count = 0
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or none at the end of the stream."""
        while len(self._buffer) < size and not self._is_over:
            self._buffer += self._zip.decompress(self._read_chunk())
        if len(self._buffer) < size:
            if self._buffer:
                raise UnreadableFile("the backup is truncated")
            return b""
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def _read_chunk(self) -> bytes:
        length = self._file.read(_LENGTH.size)
        if len(length) < _LENGTH.size or _LENGTH.unpack(length)[0] > _MAX_CHUNK:
            raise UnreadableFile("the backup was truncated or changed")
        ciphertext = self._file.read(_LENGTH.unpack(length)[0])
        for is_last in (False, True):
            try:
                plain = self._cipher.decrypt(_nonce(self._count, is_last=is_last), ciphertext, self._head)
            except InvalidTag:
                continue
            self._count += 1
            self._is_over = is_last
            return plain
        raise UnreadableFile(
            "the passphrase is wrong, or the backup was changed" if self._count == 0 else "the backup was truncated or changed"
        )


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([is_last])


def _cipher(passphrase: str, head: bytes) -> AESGCM:
    _, _, cost, salt = _HEAD.unpack(head)
    secret = passphrase.encode("utf-8", "surrogateescape")  # an environment variable may contain any bytes
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(secret))
