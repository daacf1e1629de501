"""Backup and restore: database, spool, keys and settings in one sealed file. Called by the command line, also while all runs.

The stream inside the sealed file is a row of entries, each a letter, four bytes big-endian length and its content:

    M  manifest, JSON: format, made_at, program, schema       first, once
    K  the signing keys' file
    P  the keyring of the secrets in the database; missing where there was none, and in backups of older versions
    T  the effective settings, JSON
    S  name of a spool file; R after it: eight bytes sequence, then the row as the edge wrote it
    C  name of a collection; D after it: one document, BSON
    E  how many entries came before                           last, once

The spool is read before the database: an event on its way from one to the other is then in both, and kept once.
"""

import contextlib
import itertools
import json
import os
import secrets
import sqlite3
import stat
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import datetime
from importlib.metadata import version as program_version
from pathlib import Path
from typing import Any, NamedTuple

from tracker.base.encryption import keyring_file
from tracker.base.encryption.encrypted_stream import NotOpened, Opener, Sealer
from tracker.base.errors import BadSetting, LeadlightError
from tracker.base.settings import Settings, as_environment
from tracker.links.keys import checked_keys
from tracker.spool import layout, reader
from tracker.store import dump
from tracker.store.schema import NEWEST, TooNew

FORMAT = 1
_HEAD = struct.Struct(">cI")
_SEQUENCE = struct.Struct(">Q")
_LONGEST = 64 << 20
_BATCH = 1000

Counts = dict[str, int]
Say = Callable[[str], None]


class Entry(NamedTuple):
    """One entry of the stream."""

    kind: str
    content: bytes


def backup(settings: Settings, path: Path, passphrase: str, now: datetime) -> Counts:
    """Writes the file, mode 0600, in place only when it is whole. Returns how much of what. Raises PyMongoError, LeadlightError."""
    refuse_unfinished(settings)
    place = place_of(path)
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    counts: Counts = {}
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file, closing(_entries(settings, now, counts)) as entries:
            sealer = Sealer(file, passphrase)
            for entry in entries:
                sealer.write(_HEAD.pack(entry.kind.encode(), len(entry.content)) + entry.content)
            sealer.close()
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    except OSError as error:
        raise LeadlightError(f"{path} cannot be written ({error.strerror})") from error
    finally:
        fresh.unlink(missing_ok=True)
    for keys in (settings.signing_keys_file, settings.secret_keys_file):
        with contextlib.suppress(OSError):  # a folder that may not be written to: the backup is whole all the same
            keys.with_name(f"{keys.name}.backed-up").touch()  # what `leadlight doctor` looks for
    return counts


def place_of(path: Path) -> Path:
    """Where the file comes to stand: where a link leads. Raises LeadlightError for a folder, a device, a pipe, or no name at all."""
    kind = stat.S_IFREG
    try:
        with contextlib.suppress(FileNotFoundError):
            kind = path.stat().st_mode
        place = path.resolve()
    except OSError as error:
        raise LeadlightError(f"{path} cannot be written ({error.strerror})") from error
    if not place.name or not stat.S_ISREG(kind):
        raise LeadlightError(f"{path} is no file, and a backup is to be one; name another")
    return place


def _entries(settings: Settings, now: datetime, counts: Counts) -> Generator[Entry, None, None]:
    count = 0
    with closing(_content(settings, now, counts)) as entries:
        for entry in entries:
            count += 1
            yield entry
    yield Entry("E", str(count).encode())


def _content(settings: Settings, now: datetime, counts: Counts) -> Generator[Entry, None, None]:
    # A key that were added or retired between keyring and database would be missing for what it encrypts.
    with keyring_file.rotation(settings.secret_keys_file, keeps_out=True), dump.opened(settings.mongo_url) as database:
        row = database.meta.find_one({"_id": "schema"})
        known = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "program": program_version("leadlight"),
            "schema": row["version"] if row else 0,
        }
        yield Entry("M", json.dumps(known).encode())
        yield Entry("K", _keys(settings.signing_keys_file))
        if keyring := _keyring(settings.secret_keys_file):
            yield Entry("P", keyring)
        yield Entry("T", json.dumps(as_environment(settings)).encode())
        counts["spool rows"] = 0
        for file in layout.files(settings.spool_dir) if settings.spool_dir.is_dir() else []:
            yield Entry("S", file.name.encode())
            for seq, body in _rows(file):
                counts["spool rows"] += 1
                yield Entry("R", _SEQUENCE.pack(seq) + body)
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
        raise LeadlightError(f"without usable signing keys a backup is worth nothing; {error}") from error


def _keyring(path: Path) -> bytes | None:
    try:
        return keyring_file.checked(path)
    except BadSetting as error:
        raise LeadlightError(f"a backup without the secrets' key would lack them; {error}") from error


def _rows(file: Path) -> Iterator[tuple[int, bytes]]:
    """What the drain has not stored; a file that vanishes meanwhile was stored whole, a damaged one gives what can be read."""
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


def restore(settings: Settings, path: Path, passphrase: str, *, force: bool = False, say: Say = lambda _: None) -> Counts:
    """Puts a backup in place of nothing; with `force`, of whatever is there. Reads the whole file once before it changes anything.

    Broken off, it leaves a mark with which nothing starts; repeating it then needs no `force`.

    Raises NotOpened, TooNew, LeadlightError where something is there already or cannot be written, PyMongoError.
    """
    manifest = _checked(path, passphrase)
    if manifest["format"] > FORMAT or manifest["schema"] > NEWEST:
        raise TooNew(f"this backup was made by Leadlight {manifest['program']}, which is newer; restore it with that one")
    say(f"The backup of {manifest['made_at']} is whole")
    with dump.opened(settings.mongo_url) as database:
        mark = unfinished(settings)
        if not force and not mark.exists():
            _refuse_occupied(settings, is_empty=dump.is_empty(database))
        try:
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.write_text(f"{path.absolute()}\n", "utf-8", "surrogateescape")
            dump.drop_all(database)
            _clear_spool(settings.spool_dir)
            with path.open("rb") as file:
                counts = _put_back(settings, database, Cursor(Opener(file, passphrase)), say)
            mark.unlink()
        except OSError as error:
            raise LeadlightError(f"the restore broke off ({error.strerror}: {error.filename}); mend that and repeat it") from error
    return counts


def unfinished(settings: Settings) -> Path:
    """The file that is there while a restore is under way, and after one that broke off."""
    return settings.data / "restore-unfinished"


def refuse_unfinished(settings: Settings) -> None:
    """Raises LeadlightError after a restore that broke off: half of what was kept is there."""
    mark = unfinished(settings)
    try:
        is_half = mark.exists()
    except OSError as error:
        raise LeadlightError(f"{mark.parent} cannot be looked at ({error.strerror})") from error
    if is_half:
        raise LeadlightError(f"a restore broke off, and half of what was kept is there; repeat it, or remove {mark} to go on with that")


def _checked(path: Path, passphrase: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            entries = Cursor(Opener(file, passphrase))
            manifest: dict[str, Any] = json.loads(entries.take("M"))
            count = 1
            while (entry := entries.next()).kind != "E":
                count += 1
    except OSError as error:
        raise LeadlightError(f"{path} cannot be read ({error.strerror})") from error
    if int(entry.content) != count:
        raise NotOpened("the backup lacks entries")
    return manifest


def _refuse_occupied(settings: Settings, *, is_empty: bool) -> None:
    hint = "restore into an empty DATA folder and database, or say --force to replace what is there"
    if not is_empty:
        raise LeadlightError(f"this database is not empty; {hint}")
    if settings.signing_keys_file.exists():
        raise LeadlightError(f"there are signing keys in {settings.signing_keys_file}; {hint}")
    if settings.spool_dir.is_dir() and layout.files(settings.spool_dir):
        raise LeadlightError(f"there are events in {settings.spool_dir}; {hint}")


def _clear_spool(folder: Path) -> None:
    for file in layout.files(folder) if folder.is_dir() else []:
        layout.unlink(file)
    layout.remove_orphaned_sidecars(folder)  # a watermark that outlived its file would hide rows of the file that is put back


def _put_back(settings: Settings, database: Any, entries: "Cursor", say: Say) -> Counts:
    counts: Counts = {"spool rows": 0}
    while (entry := entries.next()).kind != "E":
        if entry.kind == "K":
            _write_private(settings.signing_keys_file, entry.content)
        elif entry.kind == "P":
            keyring_file.merge(settings.secret_keys_file, entry.content)
        elif entry.kind == "T":
            _write_private(settings.data / "restored-settings.json", json.dumps(json.loads(entry.content), indent=2).encode() + b"\n")
        elif entry.kind == "S":
            counts["spool rows"] += _write_spool(settings.spool_dir / Path(entry.content.decode()).name, entries.run_of("R"))
        elif entry.kind == "C":
            name = entry.content.decode()
            counts[name] = dump.write(database, name, entries.run_of("D"))
            say(f"{name}: {counts[name]}")
    return counts


def _write_private(path: Path, content: bytes) -> None:
    """Mode 0600. What stood there stays beside it: links signed with those keys would be dead for ever."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.read_bytes() != content:
        formers = (path.with_name(f"{path.name}.before-restore{'' if n == 1 else f'-{n}'}") for n in itertools.count(1))
        path.replace(next(former for former in formers if not former.exists()))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _write_spool(path: Path, rows: Iterator[bytes]) -> int:
    """A finished spool file of the same name with the same sequence numbers, which stand in events."""
    found = [(_SEQUENCE.unpack(row[: _SEQUENCE.size])[0], row[_SEQUENCE.size :]) for row in rows]
    if not found:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(layout.SCHEMA)
        connection.executemany("INSERT INTO rows(seq, body) VALUES (?, ?)", found)
    return len(found)


class Cursor:
    """Walks over the entries of an opened file. Raises NotOpened."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._ahead: Entry | None = None

    def next(self) -> Entry:
        """The next entry. Raises NotOpened where there is none: the last one is E."""
        if self._ahead is not None:
            found, self._ahead = self._ahead, None
            return found
        head = self._opener.read(_HEAD.size)
        if not head:
            raise NotOpened("the backup has no end")
        kind, length = _HEAD.unpack(head)
        if length > _LONGEST:
            raise NotOpened("the backup holds something too long")
        return Entry(kind.decode("ascii"), self._opener.read(length) if length else b"")

    def take(self, kind: str) -> bytes:
        """The content of the next entry, which must be of that kind."""
        entry = self.next()
        if entry.kind != kind:
            raise NotOpened("the backup does not begin as it should")
        return entry.content

    def run_of(self, kind: str) -> Iterator[bytes]:
        """The contents of all entries of that kind that come next."""
        while (entry := self.next()).kind == kind:
            yield entry.content
        self._ahead = entry
