"""Secrets in documents: which fields hold one, encrypted as they are written and decrypted as they are read.

Documents hold ciphertexts, domain values hold the text. A ciphertext is bound to its workspace, collection, document and field, and to
the fields beside it that say where the secret is sent: who can write to the database can neither move it nor have it sent elsewhere.
Used by the repositories of these collections; `renew`, `rotate` and `lost` by the schema, `leadlight keys` and doctor.
"""

import contextlib
import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from tracker.base.encryption.keyring import Keyring, Undecryptable, is_ciphertext, key_of
from tracker.base.encryption.keyring_file import add_key, retire_others, rotation
from tracker.domain.alerting.channel import SECRET_CONFIG

Document = dict[str, Any]
_IN_ORDER = [("_id", 1)]


@dataclass(frozen=True, slots=True)
class SecretField:
    """One field. `bound_to` names fields of the same collection that are sent along with it or say where it goes."""

    path: str
    bound_to: tuple[str, ...] = ()


FIELDS: dict[str, tuple[SecretField, ...]] = {
    "channels": tuple(SecretField(f"config.{name}") for name in sorted(SECRET_CONFIG)),
    "workspaces": (
        SecretField("mail_server.password", ("mail_server.host", "mail_server.port", "mail_server.security", "mail_server.user")),
    ),
}
"""Every secret that is kept in a form that can be read back, by collection. The rest are hashes."""


@dataclass(frozen=True, slots=True)
class LostSecret:
    """A secret that cannot be decrypted. `rep` and `channel` are empty for a workspace's own."""

    workspace: str
    field: str
    rep: str | None = None
    channel: str = ""


class Secrets:
    """The secrets of one collection's documents."""

    def __init__(self, keyring: Keyring, collection: str) -> None:
        self._keyring = keyring
        self._collection = collection
        self._fields = FIELDS[collection]

    def writing(self, document: Document) -> AbstractContextManager[object]:
        """Held from encrypting the document's secrets until they are stored; nothing where it has none. Raises BadSetting."""
        has_secret = any(_get(document, field.path) for field in self._fields)
        return self._keyring.writing() if has_secret else contextlib.nullcontext()

    def encrypted(self, document: Document, key: str, workspace: str) -> Document:
        """A copy with ciphertexts in place of the secrets. `document` may be a part, with whole values of top-level fields."""
        made = copy.deepcopy(document)
        for field in self._fields:
            if "." in field.path and field.path in made:
                raise ValueError(f"set {field.path.partition('.')[0]} as a whole: what a secret is bound to must be known")
            if value := _get(made, field.path):
                _set(made, field.path, self._keyring.encrypt(str(value), self._place(made, field, key, workspace)))
        return made

    def decrypted(self, document: Document, key: str, workspace: str) -> tuple[Document, tuple[str, ...]]:
        """A copy with the secrets, and the paths of those that cannot be decrypted, which are left out.

        What an older version stored as plain text is read as it is.
        """
        if not any(is_ciphertext(_get(document, field.path)) for field in self._fields):
            return document, ()
        made, lost = copy.deepcopy(document), []
        for field in self._fields:
            value = _get(made, field.path)
            if is_ciphertext(value):
                try:
                    _set(made, field.path, self._keyring.decrypt(value, self._place(document, field, key, workspace)))
                except Undecryptable:
                    lost.append(field.path)
                    _drop(made, field.path)
        return made, tuple(lost)

    def _place(self, document: Document, field: SecretField, key: str, workspace: str) -> list[str]:
        return [workspace, self._collection, key, field.path, *(repr(_get(document, path)) for path in field.bound_to)]

    def renewed(self, document: Document, newest: str) -> tuple[Document, Document] | None:
        """What to look for and what to set in its place, so that all secrets are encrypted with the newest key; None if they are.

        A secret that cannot be decrypted stays as it is.
        """
        key, workspace = document["_id"], _workspace_of(self._collection, document)
        old = {field.path: value for field in self._fields if (value := _get(document, field.path))}
        if all(is_ciphertext(value) and key_of(value) == newest for value in old.values()):
            return None
        plain, lost = self.decrypted(document, key, workspace)
        fresh = self.encrypted(plain, key, workspace)
        new = {path: _get(fresh, path) for path in old if path not in lost}
        return ({path: old[path] for path in new}, new) if new else None


def renew(database: Database[Document], keyring: Keyring) -> int:
    """Encrypts with the newest key what is stored as plain text or encrypted with an older one; how many records that were.

    May be repeated, also while others write. Raises PyMongoError, BadSetting.
    """
    count, newest = 0, keyring.newest
    for collection in FIELDS:
        secrets, rows = Secrets(keyring, collection), database[collection]
        for found in list(rows.find({}, sort=_IN_ORDER)):
            row: Document | None = found
            while row is not None and (change := secrets.renewed(row, newest)):
                with keyring.writing():
                    known, new = change
                    if rows.update_one({"_id": row["_id"], **known}, {"$set": new}).matched_count:
                        count += 1
                        break
                row = rows.find_one({"_id": row["_id"]})
    return count


def rotate(database: Database[Document], keyring: Keyring) -> int:
    """Adds a key, encrypts every secret anew and retires the older keys; how many records were encrypted.

    Killed at any point, it leaves everything readable, and the next rotation goes on. An older key that a lost secret names is
    retired as well. Raises Conflict while another rotation or a backup is under way, PyMongoError, BadSetting.
    """
    with rotation(keyring.path):
        newest = add_key(keyring.path)
        count = renew(database, keyring)
        retire_others(keyring.path, newest)
    return count


def lost(database: Database[Document], keyring: Keyring) -> list[LostSecret]:
    """The secrets that must be typed again, since their keys are lost."""
    return [
        found
        for collection in FIELDS
        for row in database[collection].find({}, sort=_IN_ORDER)
        for found in _lost_in(collection, row, keyring)
    ]


def _lost_in(collection: str, row: Document, keyring: Keyring) -> Iterator[LostSecret]:
    workspace = _workspace_of(collection, row)
    _, paths = Secrets(keyring, collection).decrypted(row, row["_id"], workspace)
    for path in paths:
        yield LostSecret(workspace, path.rpartition(".")[2], row.get("rep"), row.get("name", "") if collection == "channels" else "")


def _workspace_of(collection: str, row: Document) -> str:
    return str(row["_id"] if collection == "workspaces" else row["ws"])


def _get(document: Document, path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _set(document: Document, path: str, value: object) -> None:
    *folders, name = path.split(".")
    for folder in folders:
        document = document[folder]
    document[name] = value


def _drop(document: Document, path: str) -> None:
    *folders, name = path.split(".")
    for folder in folders:
        document = document[folder]
    del document[name]
