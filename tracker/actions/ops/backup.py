"""Backup of database, spool, keys and settings to one encrypted file. Called by the command line, also while Leadlight runs.

The spool is read before the database: an event that the drain stores in between is then in both, and restored once.
"""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from importlib.metadata import version as program_version
from pathlib import Path

from tracker.actions.ops.archive import FORMAT, Counts, Entry, pack_row, write_entry
from tracker.actions.ops.unfinished_restore import refuse_unfinished_restore
from tracker.base.encryption import keyring_file, recovery_key
from tracker.base.encryption.encrypted_stream import Encryptor
from tracker.base.errors import BadSetting, LeadlightError
from tracker.base.settings import Settings, as_environment
from tracker.links.key_file import checked_keys
from tracker.spool import layout, reader
from tracker.store import dump

_BATCH = 1000
_ATTEMPTS = 3


def backup(settings: Settings, path: Path, secret: str | bytes, now: datetime) -> Counts:
    """Writes a backup file with mode 0600; it replaces `path` only when complete. Raises PyMongoError, LeadlightError.

    `secret` is a passphrase, or the public half of the recovery key.
    """
    refuse_unfinished_restore(settings)
    target = resolve_target(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        counts = _write(settings, temporary, secret, now)
        temporary.replace(target)
    except OSError as error:
        raise LeadlightError(f"{path} cannot be written ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)
    if not is_lost_with_data(settings, target):
        for keys in (settings.signing_keys_file, settings.secret_keys_file):
            with contextlib.suppress(OSError):  # the key folder may be read-only; the backup is complete anyway
                keys.with_name(f"{keys.name}.backed-up").touch()  # checked by `leadlight doctor`
    return counts


def _write(settings: Settings, temporary: Path, secret: str | bytes, now: datetime) -> Counts:
    """Writes the whole file, anew if its snapshot is lost meanwhile: another backup of the same MongoDB may end beside it."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(dump.SnapshotLost):
            return _write_once(settings, temporary, secret, now)
        temporary.unlink()
    return _write_once(settings, temporary, secret, now)


def _write_once(settings: Settings, temporary: Path, secret: str | bytes, now: datetime) -> Counts:
    counts: Counts = {}
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, closing(_entries(settings, now, counts)) as entries:
        encryptor = Encryptor(file, secret)
        for entry in entries:
            write_entry(encryptor, entry)
        encryptor.close()
        file.flush()
        os.fsync(file.fileno())
    return counts


def is_lost_with_data(settings: Settings, target: Path) -> bool:
    """Whether the file is inside the DATA folder, and so lost with it."""
    return settings.data.resolve() in target.resolve().parents


def resolve_target(path: Path) -> Path:
    """The path of the file, with links resolved. Raises LeadlightError for a folder, a device, a pipe or an empty name."""
    kind = stat.S_IFREG
    try:
        with contextlib.suppress(FileNotFoundError):
            kind = path.stat().st_mode
        target = path.resolve()
    except OSError as error:
        raise LeadlightError(f"{path} cannot be written ({error.strerror})") from error
    if not target.name or not stat.S_ISREG(kind):
        raise LeadlightError(f"{path} is not a regular file; choose another path for the backup")
    return target


def _entries(settings: Settings, now: datetime, counts: Counts) -> Generator[Entry, None, None]:
    count = 0
    with closing(_content(settings, now, counts)) as entries:
        for entry in entries:
            count += 1
            yield entry
    yield Entry("E", str(count).encode())


def _content(settings: Settings, now: datetime, counts: Counts) -> Generator[Entry, None, None]:
    # No key may be added or retired between reading keyring and database, or its secrets could not be decrypted.
    with keyring_file.rotation(settings.secret_keys_file, is_shared=True), dump.opened(settings.mongo_url) as database:
        row = database.meta.find_one({"_id": "schema"})
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "program": program_version("leadlight"),
            "schema": row["version"] if row else 0,
        }
        yield Entry("M", json.dumps(manifest).encode())
        yield Entry("K", _keys(settings.signing_keys_file))
        if keyring := _keyring(settings.secret_keys_file):
            yield Entry("P", keyring)
        if settings.vapid_key_file.is_file():
            yield Entry("V", settings.vapid_key_file.read_bytes())
        known = recovery_key.read(settings.recovery_key_file)
        if known is not None and not known.unseen:  # only a key that was shown is of use to a restored machine
            yield Entry("B", known.public)
        yield Entry("T", json.dumps(as_environment(settings)).encode())
        counts["spool rows"] = 0
        for file in layout.files(settings.spool_dir) if settings.spool_dir.is_dir() else []:
            yield Entry("S", file.name.encode())
            for seq, body in _rows(file):
                counts["spool rows"] += 1
                yield pack_row(seq, body)
        with closing(dump.read_all(database)) as collections:
            for name, documents in collections:
                yield Entry("C", name.encode())
                counts[name] = 0
                for document in documents:
                    counts[name] += 1
                    yield Entry("D", document)


def _keys(path: Path) -> bytes:
    try:
        return checked_keys(path)
    except BadSetting as error:
        raise LeadlightError(f"a backup needs valid signing keys; {error}") from error


def _keyring(path: Path) -> bytes | None:
    try:
        return keyring_file.verified_content(path)
    except BadSetting as error:
        raise LeadlightError(f"a backup needs a valid keyring of the secrets; {error}") from error


def _rows(file: Path) -> Iterator[tuple[int, bytes]]:
    """The rows that the drain has not stored yet. A removed file is fully stored; of a damaged one, the readable rows."""
    done = layout.Watermarks().get(file)
    while True:
        try:
            rows = reader.read(file, done, _BATCH)
        except FileNotFoundError:
            return
        except layout.Corrupt:
            yield from reader.salvage(file, done)
            return
        yield from rows
        if len(rows) < _BATCH:
            return
        done = rows[-1][0]
