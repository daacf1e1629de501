"""Encryption of secrets at rest with the keyring `DATA/keys/secrets.json`, by every process that opens the database.

A ciphertext reads `enc1:KEY ID:DATA`: DATA is URL-safe base64 of a random nonce of 12 bytes and of AES-256-GCM (NIST SP 800-38D). Its
associated data is the place where it is kept, so that it cannot be decrypted at any other place.
"""

import base64
import binascii
import contextlib
import json
import os
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tracker.base.encryption import keyring_file
from tracker.base.encryption.keyring_file import Keys, Stamp
from tracker.base.errors import BadSetting, LeadlightError

_FORM = re.compile(r"enc1:([0-9a-f]{8}):([A-Za-z0-9_-]+={0,2})")
_NONCE_BYTES = 12


class Undecryptable(LeadlightError):
    """A ciphertext whose key is lost, or that belongs to another place."""


class Keyring:
    """The keys of one file: the newest encrypts, all decrypt. A change by another process is seen as soon as it matters.

    May be shared between threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: Stamp = None
        self._keys: Keys = {}

    def ensure(self) -> Keys:
        """The keys as they stand in the file, which is made (mode 0600, one fresh key) if there is none. Raises BadSetting.

        A file that was removed while this process runs is made again from the keys that it knows.
        """
        stamp = keyring_file.stamp_of(self.path)
        if stamp is None or stamp != self._stamp or not self._keys:
            keyring_file.make_missing(self.path, self._keys or keyring_file.fresh_key())
            stamp = keyring_file.stamp_of(self.path)
            self._keys, self._stamp = keyring_file.read(self.path), stamp
        return self._keys

    @property
    def newest(self) -> str:
        """The id of the key that encrypts. Raises BadSetting."""
        return next(reversed(self.ensure()))

    def encrypt(self, text: str, place: Sequence[str]) -> str:
        """The ciphertext of a text that is kept at `place`. Makes the file if there is none. Raises BadSetting."""
        keys, nonce = self.ensure(), os.urandom(_NONCE_BYTES)
        name = next(reversed(keys))
        data = nonce + AESGCM(keys[name]).encrypt(nonce, text.encode("utf-8", "surrogatepass"), _associated(place))
        return f"enc1:{name}:{base64.urlsafe_b64encode(data).decode()}"

    def decrypt(self, text: str, place: Sequence[str]) -> str:
        """The text behind a ciphertext. Raises Undecryptable."""
        form = _FORM.fullmatch(text)
        if form is None:
            raise Undecryptable("this is no ciphertext")
        key = self._keys.get(form[1]) or self._look_again().get(form[1])
        if key is None:
            raise Undecryptable("its key is lost")
        try:
            data = base64.b64decode(form[2], altchars=b"-_", validate=True)
            return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _associated(place)).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise Undecryptable("it was changed, or belongs to another place") from error

    def writing(self) -> AbstractContextManager[None]:
        """Held from encrypting until the ciphertext is stored: no rotation retires the key in between. Raises BadSetting."""
        return keyring_file.writing(self.path)

    def _look_again(self) -> Keys:
        """The keys, read again if the file changed. One that is missing or unusable leaves the known keys in force."""
        with contextlib.suppress(BadSetting):
            stamp = keyring_file.stamp_of(self.path)
            if stamp is not None and stamp != self._stamp:
                self._keys, self._stamp = keyring_file.read(self.path), stamp
        return self._keys


def is_ciphertext(text: object) -> bool:
    """Whether this is what `Keyring.encrypt` returns, by its form alone."""
    return isinstance(text, str) and _FORM.fullmatch(text) is not None


def key_of(ciphertext: str) -> str:
    """The id of the key that made it."""
    return ciphertext.split(":", 2)[1]


def _associated(place: Sequence[str]) -> bytes:
    return json.dumps(list(place), ensure_ascii=True, separators=(",", ":")).encode()
