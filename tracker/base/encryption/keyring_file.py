"""The keyring file `DATA/keys/secrets.json` (mode 0600): made, extended, merged. Called by `encryption`, rotation, backup and restore.

A JSON list of `{"id": eight hex digits, "key": 32 bytes in base64}`, oldest first. It is always replaced as a whole.
"""

import base64
import contextlib
import fcntl
import json
import os
import re
import secrets
from collections.abc import Generator
from pathlib import Path

from tracker.base.errors import BadSetting, Conflict

Keys = dict[str, bytes]
"""Keys by id, oldest first."""
Stamp = tuple[int, int] | None
"""Differs where the file does; None where there is no file."""

_NAME = "DATA"
_KEY_BYTES = 32
_ID = re.compile(r"[0-9a-f]{8}")


def fresh_key() -> Keys:
    """One random key with a random id."""
    return {secrets.token_hex(4): os.urandom(_KEY_BYTES)}


def read(path: Path) -> Keys:
    """The keys. Raises BadSetting if the file is missing or unusable."""
    return parse(path, _content(path))


def checked(path: Path) -> bytes | None:
    """The file's content, or None where there is no file. Raises BadSetting if it is unusable."""
    if stamp_of(path) is None:
        return None
    content = _content(path)
    parse(path, content)
    return content


def parse(path: Path, content: bytes) -> Keys:
    """The keys in the content of a file. Raises BadSetting."""
    try:
        found = {str(row["id"]): base64.b64decode(row["key"], validate=True) for row in json.loads(content.decode("ascii"))}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unusable(path) from error
    if not found or any(len(key) != _KEY_BYTES or not _ID.fullmatch(name) for name, key in found.items()):
        raise _unusable(path)
    return found


def stamp_of(path: Path) -> Stamp:
    """Changes with the file."""
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BadSetting(_NAME, f"cannot read {path} ({error.strerror or error})") from error
    return stat.st_mtime_ns, stat.st_ino


def make_missing(path: Path, keys: Keys) -> None:
    """Makes the file with these keys unless there is one; of several processes, the first one's keys count. Raises BadSetting."""
    try:
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = _write_beside(path, keys)
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
        finally:
            fresh.unlink()
        _sync(path.parent)
    except OSError as error:
        raise BadSetting(_NAME, f"cannot make {path} ({error.strerror or error})") from error


def add_key(path: Path) -> str:
    """Adds a fresh key, which encrypts from now on; its id. Returns once no process encrypts with an older one. Raises BadSetting."""
    fresh = fresh_key()
    with _locked(path, ".lock", fcntl.LOCK_EX):
        known = read(path) if path.exists() else {}
        _replace(path, known | fresh)
    return next(iter(fresh))


def retire_others(path: Path, keep: str) -> int:
    """Removes every key but `keep`; how many. Raises BadSetting."""
    with _locked(path, ".lock", fcntl.LOCK_EX):
        known = read(path)
        _replace(path, {keep: known[keep]})
    return len(known) - 1


def merge(path: Path, content: bytes) -> int:
    """Adds the keys of another keyring file; how many are there then. Raises BadSetting.

    They count as older than those that are there, so that no retired key encrypts again. A file that is unusable is put aside.
    """
    added = parse(path, content)
    with _locked(path, ".lock", fcntl.LOCK_EX):
        try:
            known = read(path) if path.exists() else {}
        except BadSetting:
            path.replace(path.with_name(f"{path.name}.before-restore"))
            known = {}
        merged = {name: key for name, key in added.items() if name not in known} | known
        _replace(path, merged)
    return len(merged)


@contextlib.contextmanager
def writing(path: Path) -> Generator[None, None, None]:
    """While the block runs, no key is added or retired. Raises BadSetting."""
    with _locked(path, ".lock", fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def rotation(path: Path, *, keeps_out: bool = False) -> Generator[None, None, None]:
    """Held by a rotation; with `keeps_out`, by a backup that wants none meanwhile. Raises Conflict, BadSetting.

    A backup goes on without it where it may not write to the folder: no rotation may then either.
    """
    if keeps_out and path.parent.is_dir() and not os.access(path.parent, os.W_OK):
        yield
        return
    with _locked(path, ".rotation", (fcntl.LOCK_SH if keeps_out else fcntl.LOCK_EX) | fcntl.LOCK_NB):
        yield


@contextlib.contextmanager
def _locked(path: Path, suffix: str, how: int) -> Generator[None, None, None]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path.with_name(f"{path.name}{suffix}"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BadSetting(_NAME, f"cannot lock {path} ({error.strerror or error})") from error
    try:
        try:
            fcntl.flock(handle, how)
        except BlockingIOError as error:
            raise Conflict("a backup or a rotation of the secrets' key is under way; repeat this when it has ended") from error
        yield
    finally:
        os.close(handle)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(_NAME, f"cannot read {path} ({error.strerror or error})") from error


def _replace(path: Path, keys: Keys) -> None:
    try:
        _write_beside(path, keys).replace(path)
        _sync(path.parent)
    except OSError as error:
        raise BadSetting(_NAME, f"cannot change {path} ({error.strerror or error})") from error


def _write_beside(path: Path, keys: Keys) -> Path:
    rows = [{"id": name, "key": base64.b64encode(key).decode()} for name, key in keys.items()]
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(rows).encode())
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        fresh.unlink()
        raise
    return fresh


def _sync(folder: Path) -> None:
    """A key must be on the disk before the first ciphertext that needs it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unusable(path: Path) -> BadSetting:
    return BadSetting(
        _NAME,
        f"{path} holds no usable keys; restore it from your backup. If there is none, remove the file: "
        "the secrets of channels and mail servers must be typed again then",
    )
