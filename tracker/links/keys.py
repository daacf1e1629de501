"""The signing keys: a JSON list, oldest first, that every process which mints or verifies tokens reads and follows."""

import fcntl
import hashlib
import json
import os
import secrets
import time
from pathlib import Path

from itsdangerous import Signer

from tracker.base.errors import BadSetting

_SETTING = "SIGNING_KEYS_FILE"
_SHORTEST = 32
_RECHECK_SECONDS = 1.0
_BLOCK = 64


class Hmac:
    """HMAC-SHA-256 (RFC 2104) with its key worked in once: a quarter of the time of `hmac.digest`, which a test holds it against."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(self, message: bytes) -> bytes:
        """The 32 bytes of the message's signature."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()


class Keys:
    """The keys of one file. The newest signs, all verify; a rotation by another process is seen within a second.

    `derived` is what tokens use: per audience one key for each of ours, made once, newest first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = (0, 0)
        self._next_look = 0.0
        self._secrets: list[str] = []
        self._derived: dict[bytes, tuple[Hmac, ...]] = {}

    @classmethod
    def load(cls, path: Path) -> "Keys":
        """Reads the keys, making the file (mode 0600, one fresh key) if there is none. Raises BadSetting if it is unusable."""
        if not path.exists():
            _create(path)
        keys = cls(path)
        keys._read()
        return keys

    def derived(self, audience: bytes) -> tuple["Hmac", ...]:
        """The audience's keys, newest first. Looks at the file at most once a second. Raises BadSetting where there is none."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _RECHECK_SECONDS
            self.refresh()
        found = self._derived.get(audience)
        if found is None:
            if not self._secrets:
                raise BadSetting(_SETTING, f"there is no signing key in {self._path}; `leadlight up` makes one")
            found = tuple(Hmac(_derive(secret, audience)) for secret in reversed(self._secrets))
            self._derived[audience] = found
        return found

    def refresh(self) -> bool:
        """Reads the file again if it changed; true if so. A file that became unusable leaves the known keys in force."""
        try:
            if _stamp_of(self._path) == self._stamp:
                return False
            self._read()
        except (OSError, BadSetting):
            return False
        return True

    def _read(self) -> None:
        try:
            stamp = _stamp_of(self._path)
            found = json.loads(self._path.read_text("ascii"))
        except (OSError, ValueError) as error:
            raise BadSetting(_SETTING, f"cannot read {self._path} ({error})") from error
        if not isinstance(found, list) or not found or not all(isinstance(k, str) and len(k) >= _SHORTEST for k in found):
            raise BadSetting(_SETTING, f"{self._path} must hold a JSON list of keys, oldest first; restore it from your backup")
        self._stamp, self._secrets, self._derived = stamp, found, {}


def rotate(path: Path) -> int:
    """Adds a fresh key that signs from now on; older ones go on verifying. Returns how many there are."""
    if not path.exists():
        _create(path)
    with (path.parent / f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = json.loads(path.read_text("ascii"))
        found.append(secrets.token_hex(32))
        fresh = _write_beside(path, found)
        fresh.replace(path)
    return len(found)


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = _write_beside(path, [secrets.token_hex(32)])
        try:
            os.link(fresh, path)  # fails if another process was first: its key wins
        except FileExistsError:
            return
        finally:
            fresh.unlink()
    except OSError as error:
        raise BadSetting(_SETTING, f"cannot make {path} ({error.strerror or error})") from error


def _write_beside(path: Path, keys: list[str]) -> Path:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(keys, file)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _stamp_of(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_ino


def _derive(secret: str, audience: bytes) -> bytes:
    signer = Signer(secret, salt=audience, key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.derive_key()
