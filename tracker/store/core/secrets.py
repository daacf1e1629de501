"""Secrets in documents: which fields hold one, encrypted as they are written and decrypted as they are read.

Documents hold ciphertexts, domain values hold the text. A ciphertext is bound to its workspace, collection, document and field, and to
the fields that say where the secret is sent. Write access to the database is therefore not enough to move a secret or to redirect it.
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
_BY_ID = [("_id", 1)]


@dataclass(frozen=True, slots=True)
class SecretField:
    """One field. `bound_to` names fields of the same document that are sent with the secret or say where it is sent."""

    path: str
    bound_to: tuple[str, ...] = ()


_SHARED_KEYS = "signing_keys"
"""Shared with other hosts, and kept in files: a lost copy is made again."""
_SIGN_IN = ("provider", "address", "client_id", "tenant", "host", "port")

FIELDS: dict[str, tuple[SecretField, ...]] = {
    "channels": tuple(SecretField(f"config.{name}") for name in sorted(SECRET_CONFIG)),
    "workspaces": (
        SecretField("mail_server.password", ("mail_server.host", "mail_server.port", "mail_server.security", "mail_server.user")),
        *(SecretField(f"{name}.secret", tuple(f"{name}.{part}" for part in _SIGN_IN)) for name in ("mail_sign_in", "mail_sign_in_wanted")),
        *(SecretField(f"slack_app.{name}", ("slack_app.team",)) for name in ("bot_token", "signing_secret")),
    ),
    "hooks": (SecretField("url"), SecretField("secret")),
    "inquiry_mailboxes": (SecretField("password", ("host", "port", "security", "user")),),
    _SHARED_KEYS: (SecretField("sealed"),),
    "rep_mailboxes": (
        SecretField("password", ("host", "port", "security", "user")),
        *(SecretField(f"{name}.secret", tuple(f"{name}.{part}" for part in _SIGN_IN)) for name in ("sign_in", "sign_in_wanted")),
    ),
}
"""Every secret that must be readable, by collection. The others are stored as hashes."""


@dataclass(frozen=True, slots=True)
class LostSecret:
    """A secret that cannot be decrypted. `rep` and `channel` are empty for a workspace's own; `channel` is `hook` for a webhook for events."""

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
        """A lock to hold from encryption until the document is stored; none where it has no secrets. Raises BadSetting."""
        has_secret = any(_get(document, field.path) for field in self._fields)
        return self._keyring.writing() if has_secret else contextlib.nullcontext()

    def encrypted(self, document: Document, key: str, workspace: str) -> Document:
        """A copy with ciphertexts in place of the secrets. `document` may be partial, with whole values of top-level fields."""
        made = copy.deepcopy(document)
        for field in self._fields:
            if "." in field.path and field.path in made:
                raise ValueError(f"set {field.path.partition('.')[0]} as a whole: the fields that a secret is bound to must be known")
            if value := _get(made, field.path):
                _set(made, field.path, self._keyring.encrypt(str(value), self._binding(made, field, key, workspace)))
        return made

    def decrypted(self, document: Document, key: str, workspace: str) -> tuple[Document, tuple[str, ...]]:
        """A copy with the secrets, and the paths of those that cannot be decrypted, which are left out.

        A secret that an older version stored as plain text is returned unchanged.
        """
        if not any(is_ciphertext(_get(document, field.path)) for field in self._fields):
            return document, ()
        made, lost = copy.deepcopy(document), []
        for field in self._fields:
            value = _get(made, field.path)
            if is_ciphertext(value):
                try:
                    _set(made, field.path, self._keyring.decrypt(value, self._binding(document, field, key, workspace)))
                except Undecryptable:
                    lost.append(field.path)
                    _drop(made, field.path)
        return made, tuple(lost)

    def _binding(self, document: Document, field: SecretField, key: str, workspace: str) -> list[str]:
        return [workspace, self._collection, key, field.path, *(repr(_get(document, path)) for path in field.bound_to)]

    def renewed(self, document: Document, newest: str) -> tuple[Document, Document] | None:
        """The fields to match and the fields to set, so that all secrets are encrypted with the newest key; None if they are.

        A secret that cannot be decrypted is left unchanged.
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
    """Encrypts with the newest key the secrets stored as plain text or under an older key; returns how many documents of people and programs changed.

    Safe to repeat, also while other processes write. Raises PyMongoError, BadSetting.
    """
    count, newest = 0, keyring.newest
    for collection in FIELDS:
        secrets, rows = Secrets(keyring, collection), database[collection]
        for found in list(rows.find({}, sort=_BY_ID)):
            row: Document | None = found
            while row is not None and (change := secrets.renewed(row, newest)):
                with keyring.writing():
                    known, new = change
                    if rows.update_one({"_id": row["_id"], **known}, {"$set": new}).matched_count:
                        count += collection != _SHARED_KEYS
                        break
                row = rows.find_one({"_id": row["_id"]})
    return count


def rotate(database: Database[Document], keyring: Keyring) -> int:
    """Adds a key, encrypts every secret with it and retires the older keys; returns how many documents changed.

    If the process is killed, every secret stays readable and the next rotation continues. The older key of a lost secret is retired too.
    Raises Conflict during another rotation or a backup, PyMongoError, BadSetting.
    """
    with rotation(keyring.path):
        newest = add_key(keyring.path)
        count = renew(database, keyring)
        retire_others(keyring.path, newest)
    return count


def lost(database: Database[Document], keyring: Keyring) -> list[LostSecret]:
    """The secrets that must be entered again, because their keys are lost."""
    return [
        found
        for collection in FIELDS
        if collection != _SHARED_KEYS
        for row in database[collection].find({}, sort=_BY_ID)
        for found in _lost_in(collection, row, keyring)
    ]


def _lost_in(collection: str, row: Document, keyring: Keyring) -> Iterator[LostSecret]:
    workspace = _workspace_of(collection, row)
    _, paths = Secrets(keyring, collection).decrypted(row, row["_id"], workspace)
    for path in paths:
        yield LostSecret(workspace, path.rpartition(".")[2], row.get("rep"), _channel_of(collection, row, path))


def _channel_of(collection: str, row: Document, path: str) -> str:
    """The channel that the secret belongs to, as `LostSecret` names it."""
    if collection == "channels":
        return str(row.get("name", ""))
    return "hook" if collection == "hooks" else "slack_app" if path.startswith("slack_app.") else ""


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
