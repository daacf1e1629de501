"""The signing keys: a file with a JSON list, oldest first. Read, and read again on change, by every process that mints or verifies tokens."""

import fcntl
import hashlib
import hmac
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


class Keys:
    """The keys of one file. The newest signs, all verify; a rotation by another process takes effect within a second.

    Tokens use `derived`: for each audience one keyed HMAC-SHA-256 per signing key, newest first. See `sign`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = (0, 0)
        self._next_look = 0.0
        self._secrets: list[str] = []
        self._derived: dict[bytes, tuple[hmac.HMAC, ...]] = {}

    @classmethod
    def load(cls, path: Path) -> "Keys":
        """Reads the keys; creates the file (mode 0600, one new key) if there is none. Raises BadSetting if it is unusable."""
        _make_missing(path)
        keys = cls(path)
        keys._read()
        return keys

    def derived(self, audience: bytes) -> tuple[hmac.HMAC, ...]:
        """The audience's keys, newest first. Checks the file for changes at most once a second. Raises BadSetting if there is no key."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _RECHECK_SECONDS
            self.refresh()
        found = self._derived.get(audience)
        if found is None:
            if not self._secrets:
                raise BadSetting(_SETTING, f"there is no signing key in {self._path}; `leadlight up` makes one")
            found = tuple(hmac.new(_derive(secret, audience), digestmod=hashlib.sha256) for secret in reversed(self._secrets))
            self._derived[audience] = found
        return found

    def refresh(self) -> bool:
        """Reads the file again if it changed; true if so. If the file became unusable, the known keys stay in use."""
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
        except OSError as error:
            raise BadSetting(_SETTING, f"cannot read {self._path} ({error.strerror or error})") from error
        self._stamp, self._secrets, self._derived = stamp, _parsed(self._path, _content(self._path)), {}


def sign(key: hmac.HMAC, message: bytes) -> bytes:
    """The 32 bytes of the message's HMAC with one of the keys of `Keys.derived`, which stays as it is."""
    signed = key.copy()  # the key's own setup is paid once, in `derived`
    signed.update(message)
    return signed.digest()


def checked_keys(path: Path) -> bytes:
    """The content of a usable key file. Raises BadSetting."""
    content = _content(path)
    _parsed(path, content)
    return content


def rotate(path: Path) -> int:
    """Adds a new key, which signs from now on; older keys still verify. Returns the number of keys. Raises BadSetting and changes nothing."""
    _make_missing(path)
    try:
        with (path.parent / f"{path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = [*_parsed(path, _content(path)), secrets.token_hex(32)]
            fresh = _write_beside(path, found)
            fresh.replace(path)
    except OSError as error:
        raise BadSetting(_SETTING, f"cannot change {path} ({error.strerror or error})") from error
    return len(found)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(_SETTING, f"cannot read {path} ({error.strerror or error})") from error


def _parsed(path: Path, content: bytes) -> list[str]:
    try:
        found = json.loads(content.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise BadSetting(_SETTING, f"cannot read {path} ({error})") from error
    if not isinstance(found, list) or not found or not all(isinstance(k, str) and len(k) >= _SHORTEST for k in found):
        raise BadSetting(_SETTING, f"{path} must hold a JSON list of keys, oldest first; restore it from your backup")
    return found


def _make_missing(path: Path) -> None:
    try:
        if path.exists():
            return
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
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(keys, file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        fresh.unlink()
        raise
    return fresh


def _stamp_of(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_ino


def _derive(secret: str, audience: bytes) -> bytes:
    signer = Signer(secret, salt=audience, key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.derive_key()
