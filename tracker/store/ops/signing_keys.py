"""The signing keys as all hosts share them: one encrypted document, which a process replaces only if it knows the present state."""

import json
from datetime import datetime

import msgspec
from pymongo.errors import DuplicateKeyError

from tracker.base.encryption.keyring import Keyring, is_ciphertext
from tracker.store.core.repository import Connection, Repository
from tracker.store.core.secrets import Secrets

_KEY = "keys"


class SharedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys, oldest first, and how often they were replaced; no keys where they cannot be decrypted."""

    keys: tuple[str, ...] = ()
    version: int = 0


class SigningKeys(Repository):
    """Called by actions.ops.key_distribution."""

    collection = "signing_keys"
    is_in_backup = False  # backups hold the file

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._secrets = Secrets(connection.keyring, self.collection)
        self._keyring: Keyring = connection.keyring

    def read(self) -> SharedKeys:
        """The present keys. Raises BadSetting for an unusable keyring."""
        row = self.rows.find_one({"_id": _KEY})
        if row is None:
            return SharedKeys()
        plain, _ = self._secrets.decrypted(row, _KEY, "")
        text = plain.get("sealed", "")
        return SharedKeys(keys=() if is_ciphertext(text) or not text else tuple(json.loads(text)), version=row["version"])

    def replace(self, found: SharedKeys, keys: tuple[str, ...], now: datetime) -> bool:
        """Puts keys in the place of those that were found; returns false if another process was first."""
        document = {"ws": "", "version": found.version + 1, "at": now, "sealed": json.dumps(keys)}
        with self._keyring.writing():
            made = self._secrets.encrypted(document, _KEY, "")
            try:
                done = self.rows.replace_one({"_id": _KEY, "version": found.version}, {"_id": _KEY, **made}, upsert=not found.version)
            except DuplicateKeyError:
                return False
        return bool(done.matched_count or done.upserted_id)
