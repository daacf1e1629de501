"""The keyring file `DATA/keys/secrets.json` (mode 0600): create, extend, merge. Called by `keyring`, rotation, backup and restore.

A JSON list of `{"id": eight hex digits, "key": 32 bytes in base64}`, oldest first. Changes replace the whole file.
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
"""Version of the file, different after every change; None if it does not exist."""

_NAME = "DATA"
_KEY_BYTES = 32
_ID = re.compile(r"[0-9a-f]{8}")


def new_key() -> Keys:
    """One random key with a random id."""
    return {secrets.token_hex(4): os.urandom(_KEY_BYTES)}


def read(path: Path) -> Keys:
    """The keys. Raises BadSetting if the file is missing or invalid."""
    return parse(path, _content(path))


def verified_content(path: Path) -> bytes | None:
    """The file's content, or None without a file. Raises BadSetting if it is invalid."""
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
        raise _invalid(path) from error
    if not found or any(len(key) != _KEY_BYTES or not _ID.fullmatch(name) for name, key in found.items()):
        raise _invalid(path)
    return found


def stamp_of(path: Path) -> Stamp:
    """The file's current version. Raises BadSetting if it is unreadable."""
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BadSetting(_NAME, f"cannot read {path} ({error.strerror or error})") from error
    return stat.st_mtime_ns, stat.st_ino


def create_if_missing(path: Path, keys: Keys) -> None:
    """Creates the file with these keys unless it exists; of several processes, the first one wins. Raises BadSetting."""
    try:
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = _write_temporary(path, keys)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
        _sync(path.parent)
    except OSError as error:
        raise BadSetting(_NAME, f"cannot create {path} ({error.strerror or error})") from error


def add_key(path: Path) -> str:
    """Adds a new key for encryption and returns its id, once no process encrypts with an older key. Raises BadSetting."""
    added = new_key()
    with _locked(path, ".lock", fcntl.LOCK_EX):
        known = read(path) if path.exists() else {}
        _replace(path, known | added)
    return next(iter(added))


def retire_others(path: Path, keep: str) -> int:
    """Removes every key except `keep` and returns their number. Raises BadSetting."""
    with _locked(path, ".lock", fcntl.LOCK_EX):
        known = read(path)
        _replace(path, {keep: known[keep]})
    return len(known) - 1


def merge(path: Path, content: bytes) -> int:
    """Adds the keys of another keyring file and returns the resulting number of keys. Raises BadSetting.

    Added keys rank as older than existing ones, so no retired key encrypts again. An invalid file is renamed.
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
def prevent_changes(path: Path) -> Generator[None, None, None]:
    """Prevents adding and retiring keys while the block runs. Raises BadSetting.

    In a read-only folder, such as a mounted secret, there is no lock: keys cannot be changed there.
    """
    if _is_read_only(path):
        yield
        return
    with _locked(path, ".lock", fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def rotation(path: Path, *, is_shared: bool = False) -> Generator[None, None, None]:
    """The lock of a rotation, or with `is_shared` of a backup, which excludes rotations. Raises Conflict, BadSetting.

    A backup runs without the lock if the folder is read-only, because a rotation is then impossible too.
    """
    if is_shared and _is_read_only(path):
        yield
        return
    with _locked(path, ".rotation", (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB):
        yield


def _is_read_only(path: Path) -> bool:
    return path.parent.is_dir() and not os.access(path.parent, os.W_OK)


@contextlib.contextmanager
def _locked(path: Path, suffix: str, operation: int) -> Generator[None, None, None]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path.with_name(f"{path.name}{suffix}"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BadSetting(_NAME, f"cannot lock {path} ({error.strerror or error})") from error
    try:
        try:
            fcntl.flock(handle, operation)
        except BlockingIOError as error:
            raise Conflict("a backup or a rotation of the secrets' key is in progress; try again when it has finished") from error
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
        _write_temporary(path, keys).replace(path)
        _sync(path.parent)
    except OSError as error:
        raise BadSetting(_NAME, f"cannot change {path} ({error.strerror or error})") from error


def _write_temporary(path: Path, keys: Keys) -> Path:
    rows = [{"id": name, "key": base64.b64encode(key).decode()} for name, key in keys.items()]
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(rows).encode())
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink()
        raise
    return temporary


def _sync(folder: Path) -> None:
    """Syncs the folder: a key must be on disk before the first ciphertext that needs it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _invalid(path: Path) -> BadSetting:
    return BadSetting(
        _NAME,
        f"{path} holds no valid keys; restore it from your backup. Without a backup, remove the file: "
        "the secrets of channels and mail servers must then be entered again",
    )
