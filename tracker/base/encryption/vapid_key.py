"""The key by which push services know this installation (VAPID, RFC 8292): a file with mode 0600, made at the first use.

Browsers subscribe for this key alone. Where it is lost, each device has to be subscribed again, which its browser does by itself at the next
visit of the alert settings.
"""

import base64
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tracker.base.errors import BadSetting

_VALID_FOR = timedelta(hours=12)
"""RFC 8292 allows 24 hours."""


class VapidKey:
    """The key pair."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        point = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.public = base64.urlsafe_b64encode(point).decode().rstrip("=")
        """As browsers take it (`applicationServerKey`)."""

    def authorization(self, endpoint: str, subject: str, now: datetime) -> str:
        """The header for one request to a push service. `subject`: a https: or mailto: address of the operator."""
        parts = urlsplit(endpoint)
        claims: dict[str, Any] = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + _VALID_FOR).timestamp()), "sub": subject}
        return f"vapid t={jwt.encode(claims, self._private, algorithm='ES256')}, k={self.public}"


def vapid_key(path: Path) -> VapidKey:
    """The key of the file, which is made if there is none. Raises BadSetting where it cannot be used."""
    try:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = _made(path)
        key = serialization.load_pem_private_key(content, None)
    except (OSError, ValueError) as error:
        raise BadSetting("DATA", f"cannot read the push key {path} ({error})") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadSetting("DATA", f"{path} is no P-256 key; restore it from your backup, or remove it")
    return VapidKey(key)


def _made(path: Path) -> bytes:
    """A new key, or that of a process that was quicker."""
    key = ec.generate_private_key(ec.SECP256R1())
    content = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)  # fails where the file exists by now
    except FileExistsError:
        pass
    finally:
        beside.unlink()
    return path.read_bytes()
