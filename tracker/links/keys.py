"""The signing keys of a file (`key_file`). Read, and read again on change, by every process that mints or verifies tokens."""

import hashlib
import hmac
import time
from pathlib import Path

from itsdangerous import Signer

from tracker.base.errors import BadSetting
from tracker.links.key_file import SETTING, fingerprint, make_missing, read_keys

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
        make_missing(path)
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
                raise BadSetting(SETTING, f"there is no signing key in {self._path}; `leadlight up` makes one")
            found = tuple(hmac.new(_derive(secret, audience), digestmod=hashlib.sha256) for secret in reversed(self._secrets))
            self._derived[audience] = found
        return found

    def fingerprint(self) -> str:
        """Which keys verify now, as `key_file.fingerprint`; empty if there is none."""
        self.refresh()
        return fingerprint(self._secrets) if self._secrets else ""

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
            raise BadSetting(SETTING, f"cannot read {self._path} ({error.strerror or error})") from error
        self._stamp, self._secrets, self._derived = stamp, read_keys(self._path), {}


def sign(key: hmac.HMAC, message: bytes) -> bytes:
    """The 32 bytes of the message's HMAC with one of the keys of `Keys.derived`, which stays as it is."""
    signed = key.copy()  # the key's own setup is paid once, in `derived`
    signed.update(message)
    return signed.digest()


def _stamp_of(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_ino


def _derive(secret: str, audience: bytes) -> bytes:
    signer = Signer(secret, salt=audience, key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.derive_key()
