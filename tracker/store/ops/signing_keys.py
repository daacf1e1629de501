"""The signing keys as all hosts share them: one encrypted document, which a process replaces only if it knows the present state."""

import json
from datetime import datetime

import msgspec
from pymongo.errors import DuplicateKeyError

from tracker.base.encryption.keyring import Keyring
from tracker.base.errors import BadSetting
from tracker.store.core.repository import Connection, Repository
from tracker.store.core.secrets import Secrets

_KEY = "keys"


class SharedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys, oldest first, and how often they were replaced."""

    keys: tuple[str, ...] = ()
    version: int = 0


class UnreadableKeys(BadSetting):
    """The shared keys of this version cannot be decrypted: the host has another key for secrets than the one that wrote them."""

    def __init__(self, version: int, hint: str = "") -> None:
        text = "the signing keys in MongoDB cannot be decrypted with DATA/keys/secrets.json of this host"
        super().__init__("DATA", f"{text}: {hint}" if hint else text)
        self.version = version


class SigningKeys(Repository):
    """Called by actions.ops.key_distribution."""

    collection = "signing_keys"
    is_in_backup = False  # backups hold the file

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._secrets = Secrets(connection.keyring, self.collection)
        self._keyring: Keyring = connection.keyring

    def read(self) -> SharedKeys:
        """The present keys; none before a host has shared any. Raises UnreadableKeys, BadSetting for an unusable keyring."""
        row = self.rows.find_one({"_id": _KEY})
        if row is None:
            return SharedKeys()
        plain, _ = self._secrets.decrypted(row, _KEY, "")
        try:
            return SharedKeys(keys=tuple(json.loads(plain.get("sealed", ""))), version=row["version"])
        except ValueError:
            raise UnreadableKeys(row["version"]) from None

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
