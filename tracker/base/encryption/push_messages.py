"""Encryption of web push messages (RFC 8291 over RFC 8188, one record), for the browser that holds the key alone."""

import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SALT_BYTES, _RECORD_BYTES = 16, 4096
_LAST_RECORD = b"\x02"


def encrypt(
    content: bytes, p256dh: bytes, auth: bytes, *, key: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The body of the request. `key` and `salt` are new for each message; tests give those of the RFC. Raises ValueError for keys of no browser."""
    key, salt = key or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(_SALT_BYTES)
    browser = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    own = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    cipher, nonce = message_keys(key.exchange(ec.ECDH(), browser), p256dh, own, auth, salt)
    header = salt + _RECORD_BYTES.to_bytes(4) + bytes([len(own)]) + own
    return header + AESGCM(cipher).encrypt(nonce, content + _LAST_RECORD, None)


def message_keys(shared: bytes, p256dh: bytes, own: bytes, auth: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """The content-encryption key and the nonce (RFC 8291, 3.4). `shared`: the result of ECDH; `own`: the sender's public key."""
    secret = _derived(shared, auth, b"WebPush: info\0" + p256dh + own, 32)
    return _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16), _derived(secret, salt, b"Content-Encoding: nonce\0", 12)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
