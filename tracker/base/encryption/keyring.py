"""Encryption of secrets at rest with the keyring `DATA/keys/secrets.json`, used by every process that opens the database.

A ciphertext reads `enc1:KEY ID:DATA`: DATA is URL-safe base64 of a random nonce of 12 bytes and of AES-256-GCM (NIST SP 800-38D). Its
associated data is the location of the field in the database, so it cannot be decrypted anywhere else.
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

_CIPHERTEXT = re.compile(r"enc1:([0-9a-f]{8}):([A-Za-z0-9_-]+={0,2})")
_NONCE_BYTES = 12


class Undecryptable(LeadlightError):
    """A ciphertext whose key is lost, or that belongs to another location."""


class Keyring:
    """The keys of one file: the newest encrypts, all decrypt. Changes by other processes are read when needed.

    Safe to share between threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: Stamp = None
        self._keys: Keys = {}

    def ensure(self) -> Keys:
        """The keys in the file, which is created (mode 0600, one new key) if missing. Raises BadSetting.

        A file that is removed while this process runs is created again from the known keys.
        """
        stamp = keyring_file.stamp_of(self.path)
        if stamp is None or stamp != self._stamp or not self._keys:
            keyring_file.create_if_missing(self.path, self._keys or keyring_file.new_key())
            stamp = keyring_file.stamp_of(self.path)
            self._keys, self._stamp = keyring_file.read(self.path), stamp
        return self._keys

    @property
    def newest(self) -> str:
        """The id of the key that encrypts. Raises BadSetting."""
        return next(reversed(self.ensure()))

    def encrypt(self, text: str, location: Sequence[str]) -> str:
        """The ciphertext of a text stored at `location`. Creates the file if missing. Raises BadSetting."""
        keys, nonce = self.ensure(), os.urandom(_NONCE_BYTES)
        name = next(reversed(keys))
        data = nonce + AESGCM(keys[name]).encrypt(nonce, text.encode("utf-8", "surrogatepass"), _associated_data(location))
        return f"enc1:{name}:{base64.urlsafe_b64encode(data).decode()}"

    def decrypt(self, text: str, location: Sequence[str]) -> str:
        """The text of a ciphertext. Raises Undecryptable."""
        match = _CIPHERTEXT.fullmatch(text)
        if match is None:
            raise Undecryptable("this is not a ciphertext")
        key = self._keys.get(match[1]) or self._reload().get(match[1])
        if key is None:
            raise Undecryptable("its key is lost")
        try:
            data = base64.b64decode(match[2], altchars=b"-_", validate=True)
            return (
                AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _associated_data(location)).decode("utf-8", "surrogatepass")
            )
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise Undecryptable("it was changed, or belongs to another location") from error

    def writing(self) -> AbstractContextManager[None]:
        """Prevents a rotation from retiring the key between encrypting and storing a text. Raises BadSetting."""
        return keyring_file.prevent_changes(self.path)

    def _reload(self) -> Keys:
        """The keys, read again if the file has changed. A missing or invalid file leaves the known keys unchanged."""
        with contextlib.suppress(BadSetting):
            stamp = keyring_file.stamp_of(self.path)
            if stamp is not None and stamp != self._stamp:
                self._keys, self._stamp = keyring_file.read(self.path), stamp
        return self._keys


def is_ciphertext(text: object) -> bool:
    """Whether the text has the format of `Keyring.encrypt`."""
    return isinstance(text, str) and _CIPHERTEXT.fullmatch(text) is not None


def key_of(ciphertext: str) -> str:
    """The id of the key of a ciphertext."""
    return ciphertext.split(":", 2)[1]


def _associated_data(location: Sequence[str]) -> bytes:
    return json.dumps(list(location), ensure_ascii=True, separators=(",", ":")).encode()
