"""A browser that receives push messages, as RFC 8291 has it in its example: the keys, and what the browser does with a message."""

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.notifier.receivers import Call
from tracker.base.encryption.push_messages import message_keys

PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


def raw(text: str) -> bytes:
    """The bytes behind base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(body: bytes) -> bytes:
    """The message, decrypted as the browser does it (RFC 8188): salt, record size, the sender's key, one record."""
    salt, length = body[:16], body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    key = ec.derive_private_key(int.from_bytes(raw(PRIVATE)), ec.SECP256R1())
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    cipher, nonce = message_keys(shared, raw(P256DH), sender, raw(AUTH), salt)
    content = AESGCM(cipher).decrypt(nonce, record, None)
    assert content.endswith(b"\x02")
    return content[:-1]


def message_of(call: Call) -> Any:
    """What the service worker gets."""
    return json.loads(opened(call.body))


def claims_of(call: Call, audience: str) -> dict[str, Any]:
    """The claims of the request's VAPID header, verified with the key beside them. The time is the test's."""
    token, key = (part.partition("=")[2].strip() for part in call.headers["authorization"].removeprefix("vapid ").split(","))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
    return jwt.decode(token, public, algorithms=["ES256"], audience=audience, options={"verify_exp": False})
