"""Restore of a backup into an empty installation. Called by the command line."""

import itertools
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tracker.actions.ops import tombstones
from tracker.actions.ops.archive import FORMAT, Counts, EntryReader, unpack_row
from tracker.actions.ops.unfinished_restore import marker_path
from tracker.base.clock import utc_now
from tracker.base.encryption import keyring_file, recovery_key
from tracker.base.encryption.encrypted_stream import Decryptor, UnreadableFile
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings
from tracker.domain.privacy.erasure import Tombstone
from tracker.spool import layout
from tracker.store import dump
from tracker.store.schema import NEWEST, TooNew

Say = Callable[[str], None]


def restore(
    settings: Settings,
    path: Path,
    secret: str,
    *,
    force: bool = False,
    say: Say = lambda _: None,
    erased: Path | None = None,
) -> Counts:
    """Restores a backup into an empty installation, or with `force` over an existing one. Verifies the whole file first.

    The tombstones of erased leads in the database and in the file `erased` are added to `DATA/erased`, which stays. The caller erases
    with them what the backup brings back (`actions.privacy.erase.keep_tombstones`).

    If it fails, a marker prevents every start; a repeated restore then needs no `force`.

    Raises UnreadableFile, TooNew, PyMongoError, and LeadlightError if the target is not empty or not writable.
    """
    given = _given_tombstones(erased)
    manifest = _verify(path, secret)
    if manifest["format"] > FORMAT or manifest["schema"] > NEWEST:
        raise TooNew(f"this backup was made by Leadlight {manifest['program']}, which is newer; restore it with that version")
    say(f"The backup of {manifest['made_at']} is complete")
    with dump.opened(settings.mongo_url) as database:
        marker = marker_path(settings)
        if not force and not marker.exists():
            _refuse_occupied(settings, is_empty=dump.is_empty(database))
        try:
            tombstones.add(tombstones.path_of(settings), [*given, *dump.tombstones(database)])
            marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            marker.write_text(f"{path.absolute()}\n", "utf-8", "surrogateescape")
            counts = _replace_all(settings, database, path, secret, say)
            marker.unlink()
        except OSError as error:
            raise LeadlightError(f"the restore failed ({error.strerror}: {error.filename}); fix the cause and repeat it") from error
    return counts


def _replace_all(settings: Settings, database: Any, path: Path, secret: str, say: Say) -> Counts:
    """Replaces everything but the withdrawn ids, which are added to those of the backup."""
    withdrawn = dump.withdrawn_ids(database)
    dump.drop_all(database)
    _clear_spool(settings.spool_dir)
    with path.open("rb") as file:
        counts = _restore_entries(settings, database, EntryReader(Decryptor(file, secret)), say)
    dump.add_withdrawn_ids(database, withdrawn)
    return counts


def _given_tombstones(path: Path | None) -> list[Tombstone]:
    if path is not None and not path.is_file():
        raise LeadlightError(f"{path} is not a file")
    return tombstones.read(path) if path else []


def _verify(path: Path, secret: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            entries = EntryReader(Decryptor(file, secret))
            manifest: dict[str, Any] = json.loads(entries.take("M"))
            count = 1
            while (entry := entries.next()).kind != "E":
                count += 1
    except OSError as error:
        raise LeadlightError(f"{path} cannot be read ({error.strerror})") from error
    if int(entry.content) != count:
        raise UnreadableFile("the backup is incomplete")
    return manifest


def _refuse_occupied(settings: Settings, *, is_empty: bool) -> None:
    hint = "restore into an empty DATA folder and database, or use --force to replace the existing data"
    if not is_empty:
        raise LeadlightError(f"the database is not empty; {hint}")
    if settings.signing_keys_file.exists():
        raise LeadlightError(f"there are signing keys in {settings.signing_keys_file}; {hint}")
    if settings.spool_dir.is_dir() and layout.files(settings.spool_dir):
        raise LeadlightError(f"there are events in {settings.spool_dir}; {hint}")


def _clear_spool(folder: Path) -> None:
    for file in layout.files(folder) if folder.is_dir() else []:
        layout.unlink(file)
    layout.remove_orphaned_sidecars(folder)  # an old watermark would hide rows of the restored file


def _restore_entries(settings: Settings, database: Any, entries: EntryReader, say: Say) -> Counts:
    counts: Counts = {"spool rows": 0}
    while (entry := entries.next()).kind != "E":
        if entry.kind == "K":
            _write_private(settings.signing_keys_file, entry.content)
        elif entry.kind == "P":
            keyring_file.merge(settings.secret_keys_file, entry.content)
        elif entry.kind == "V":
            _write_private(settings.vapid_key_file, entry.content)
        elif entry.kind == "B":
            _keep_recovery_key(settings, entry.content)
        elif entry.kind == "T":
            _write_private(settings.data / "restored-settings.json", json.dumps(json.loads(entry.content), indent=2).encode() + b"\n")
        elif entry.kind == "S":
            counts["spool rows"] += _write_spool(settings.spool_dir / Path(entry.content.decode()).name, entries.take_all("R"))
        elif entry.kind == "C":
            name = entry.content.decode()
            counts[name] = dump.write(database, name, entries.take_all("D"))
            say(f"{name}: {counts[name]}")
    return counts


def _keep_recovery_key(settings: Settings, public: bytes) -> None:
    """Later backups of this machine can be restored with the same key. A key of its own that was shown stays."""
    known = recovery_key.read(settings.recovery_key_file)
    if known is None or known.unseen:
        recovery_key.adopt(settings.recovery_key_file, public, known.made_at if known else utc_now())


def _write_private(path: Path, content: bytes) -> None:
    """Writes a file with mode 0600. An existing one is kept beside it, because links signed with its keys need them."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.read_bytes() != content:
        candidates = (path.with_name(f"{path.name}.before-restore{'' if n == 1 else f'-{n}'}") for n in itertools.count(1))
        path.replace(next(candidate for candidate in candidates if not candidate.exists()))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _write_spool(path: Path, rows: Iterator[bytes]) -> int:
    """Writes a finished spool file with the same name and sequence numbers, which events refer to."""
    found = [unpack_row(row) for row in rows]
    if not found:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(layout.SCHEMA)
        connection.executemany("INSERT INTO rows(seq, body) VALUES (?, ?)", found)
    return len(found)
