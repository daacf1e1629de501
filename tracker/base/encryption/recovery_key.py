"""Recovery keys of nightly backups: the machine keeps the public half and encrypts with it; only the recovery key decrypts.

The recovery key is 160 random bits, written as eight groups of four letters and digits (Base32). It is the seed of an X25519 private
key. The file of the machine is JSON: `public`, `made_at`, and `unseen`, the recovery key itself until set-up has shown it, once.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tracker.base.errors import LeadlightError

_BYTES = 20
_GROUP = 4
_INFO = b"leadlight recovery key"
_LOOKALIKES = str.maketrans("018", "OLB")
"""Base32 has no 0, 1 and 8; they may be typed from paper."""


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """The content of the machine's file."""

    public: bytes
    made_at: datetime
    unseen: str = field(default="", repr=False)
    """The recovery key, until it has been shown; then empty for ever."""


class UnreadableKeyFile(LeadlightError):
    """The machine's file of the recovery key is damaged or cannot be read."""


def private_of(text: str) -> X25519PrivateKey:
    """The private key of a recovery key as typed: case, spaces and hyphens do not matter. Raises LeadlightError."""
    plain = "".join(text.split()).replace("-", "").upper().translate(_LOOKALIKES)
    try:
        seed = base64.b32decode(plain)
    except ValueError:
        seed = b""
    if len(seed) != _BYTES:
        raise LeadlightError("this is not a recovery key; it has eight groups of four letters and digits")
    return X25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, salt=None, info=_INFO).derive(seed))


def public_of(text: str) -> bytes:
    """The public half of a recovery key. Raises LeadlightError."""
    return private_of(text).public_key().public_bytes_raw()


def read(path: Path) -> RecoveryKey | None:
    """The machine's recovery key; None if there is no file. Raises UnreadableKeyFile."""
    try:
        row = json.loads(path.read_text("utf-8"))
        return RecoveryKey(base64.b64decode(row["public"], validate=True), datetime.fromisoformat(row["made_at"]), row.get("unseen", ""))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableKeyFile(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableKeyFile(f"{path} is damaged; make a new recovery key with `leadlight recovery-key --new`") from error


def ensure(path: Path, now: datetime) -> RecoveryKey:
    """The machine's recovery key; made if there is none. Raises UnreadableKeyFile."""
    return read(path) or renew(path, now)


def renew(path: Path, now: datetime) -> RecoveryKey:
    """Makes a new recovery key. Backups from before need the former one. Raises UnreadableKeyFile."""
    seed = base64.b32encode(secrets.token_bytes(_BYTES)).decode()
    text = "-".join(seed[start : start + _GROUP] for start in range(0, len(seed), _GROUP))
    made = RecoveryKey(public_of(text), now, text)
    _write(path, made)
    return made


def adopt(path: Path, public: bytes, now: datetime) -> None:
    """Keeps the recovery key of a restored backup, whose owner has it. Raises UnreadableKeyFile."""
    _write(path, RecoveryKey(public, now))


def show_once(path: Path) -> str:
    """The recovery key, which is then no longer on this machine; empty if it was shown before. Raises UnreadableKeyFile."""
    found = read(path)
    if found is None or not found.unseen:
        return ""
    _write(path, RecoveryKey(found.public, found.made_at))
    return found.unseen


def _write(path: Path, key: RecoveryKey) -> None:
    row = {"public": base64.b64encode(key.public).decode(), "made_at": key.made_at.isoformat()} | (
        {"unseen": key.unseen} if key.unseen else {}
    )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(row))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise UnreadableKeyFile(f"{path} cannot be written ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)
