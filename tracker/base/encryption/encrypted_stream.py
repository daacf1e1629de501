"""Encrypted files: a stream of bytes, compressed, encrypted and authenticated. Used by backup and restore.

Layout: a head; then chunks, each four bytes big-endian length and that many bytes of AES-256-GCM. Chunk i has the nonce i in twelve
bytes (the first eleven) and a last byte that is 1 on the final chunk and 0 before; the associated data is the head. So changed,
missing, repeated, moved and truncated chunks are detected. The chunks contain one zlib stream. The head begins with `LLBACKUP` and one
byte version, which says where the key of the chunks comes from:

    1  a passphrase: one byte log2 of scrypt's n, 16 bytes salt; the key is scrypt(passphrase, salt, n, r=8, p=1)
    2  a recovery key (`recovery_key`): its public key, an ephemeral public key, both X25519, 32 bytes each; the key is
       HKDF-SHA256 of their shared secret, with the head as salt
"""

import os
import struct
import zlib
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tracker.base.encryption import recovery_key
from tracker.base.errors import LeadlightError

_MAGIC, _COST = b"LLBACKUP", 15
_BY_PASSPHRASE, _BY_RECOVERY_KEY = 1, 2
_START = struct.Struct(">8sB")
_HEAD = struct.Struct(">8sBB16s")
_SEALED_HEAD = struct.Struct(">8sB32s32s")
_INFO = b"leadlight backup"
_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 20
_MAX_CHUNK = _CHUNK + 64
_COSTS = range(14, 21)
_LEVEL = 3


class UnreadableFile(LeadlightError):
    """The file is not a backup, was changed or truncated, or passphrase or recovery key are wrong."""


def needed_key(file: BinaryIO) -> bytes | None:
    """The public half of the recovery key that the file needs; None if it needs a passphrase. Raises UnreadableFile."""
    head = _read_head(file)
    return _SEALED_HEAD.unpack(head)[2] if len(head) == _SEALED_HEAD.size else None


class Encryptor:
    """Writes an encrypted file. `close` writes the final chunk, without which the file is unreadable."""

    def __init__(self, file: BinaryIO, secret: str | bytes) -> None:
        """`secret`: a passphrase, or the public half of a recovery key."""
        self._file = file
        if isinstance(secret, str):
            self._head = _HEAD.pack(_MAGIC, _BY_PASSPHRASE, _COST, os.urandom(16))
            self._cipher = _cipher(secret, self._head)
        else:
            own = X25519PrivateKey.generate()
            self._head = _SEALED_HEAD.pack(_MAGIC, _BY_RECOVERY_KEY, secret, own.public_key().public_bytes_raw())
            self._cipher = _shared_cipher(own, secret, self._head)
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

    def __init__(self, file: BinaryIO, secret: str) -> None:
        """`secret`: the passphrase, or the recovery key as typed, whichever the file needs."""
        self._file = file
        self._head = _read_head(file)
        self._cipher = _cipher(secret, self._head) if len(self._head) == _HEAD.size else _unsealed_cipher(secret, self._head)
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


def _read_head(file: BinaryIO) -> bytes:
    start = file.read(_START.size)
    if len(start) < _START.size or not start.startswith(_MAGIC):
        raise UnreadableFile("this is not a backup of Leadlight")
    layout = {_BY_PASSPHRASE: _HEAD, _BY_RECOVERY_KEY: _SEALED_HEAD}.get(_START.unpack(start)[1])
    if layout is None:
        raise UnreadableFile("this backup was made by a newer Leadlight")
    head = start + file.read(layout.size - _START.size)
    if len(head) < layout.size:
        raise UnreadableFile("the backup was truncated or changed")
    if layout is _HEAD and _HEAD.unpack(head)[2] not in _COSTS:
        raise UnreadableFile("this backup was made by a newer Leadlight")
    return head


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([is_last])


def _cipher(passphrase: str, head: bytes) -> AESGCM:
    _, _, cost, salt = _HEAD.unpack(head)
    secret = passphrase.encode("utf-8", "surrogateescape")  # an environment variable may contain any bytes
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(secret))


def _unsealed_cipher(text: str, head: bytes) -> AESGCM:
    own = recovery_key.private_of(text)
    _, _, wanted, other = _SEALED_HEAD.unpack(head)
    if own.public_key().public_bytes_raw() != wanted:
        raise UnreadableFile("this recovery key belongs to other backups; this one was made with another key")
    return _shared_cipher(own, other, head)


def _shared_cipher(own: X25519PrivateKey, other: bytes, head: bytes) -> AESGCM:
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError as error:  # a point of low order
        raise UnreadableFile("the backup was truncated or changed") from error
    return AESGCM(HKDF(SHA256(), 32, salt=head, info=_INFO).derive(shared))
