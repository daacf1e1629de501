"""The file of the signing keys: a JSON list, oldest first, mode 0600. Changed atomically, under a lock beside it.

The last key signs, all verify. While a rotation waits for other hosts, the new key stands before a repetition of the one that signs:
`[a, b, new, b]`. Every version reads that as it is meant: `new` verifies, and `b` signs. A key that repeats itself at the end,
`[a, b, a, a]`, waits for nothing: it was the oldest and signed when keys of another host were added (`merged`).

`python -m tracker.links.key_file FROM TO` adds the keys of one file, such as that of a Secret, to another. The chart does that before the
processes of each pod.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tracker.base.errors import BadSetting

SETTING = "SIGNING_KEYS_FILE"
_SHORTEST = 32
_FRESH_SECONDS = 600
_FIRST = re.compile(r"[0-9a-f]{64}-([0-9a-f]{8})")
"""A host's first key with the time at which it was made."""


def read_keys(path: Path) -> list[str]:
    """The keys, oldest first. Raises BadSetting."""
    return _parsed(path, _content(path))


def checked_keys(path: Path) -> bytes:
    """The content of a usable key file. Raises BadSetting."""
    content = _content(path)
    _parsed(path, content)
    return content


def known(keys: Sequence[str]) -> list[str]:
    """Each key once, in order of its first place."""
    return list(dict.fromkeys(keys))


def fingerprint(keys: Sequence[str]) -> str:
    """Twelve hex digits that tell which keys verify, whatever their order."""
    return hashlib.sha256("\n".join(sorted(set(keys))).encode()).hexdigest()[:12]


def is_pending(keys: Sequence[str]) -> bool:
    """Whether the last but one key waits until all hosts know it."""
    return len(keys) > 1 and keys[-1] in keys[:-1] and keys[-1] != keys[-2]


def with_pending(keys: Sequence[str]) -> list[str]:
    """The keys with a new one that verifies, and does not sign yet. One that waits already stays the only one."""
    return list(keys) if is_pending(keys) else [*keys, secrets.token_hex(32), keys[-1]]


def with_newest(keys: Sequence[str]) -> list[str]:
    """The keys after the one that waits has begun to sign."""
    return list(keys[:-1]) if is_pending(keys) else list(keys)


def merged(shared: Sequence[str], own: Sequence[str]) -> list[str]:
    """The shared keys with those that only `own` has, so that the oldest stays the oldest, which hashes what was erased.

    Where `own` continues the shared keys, its newest signs: it was rotated meanwhile. Else the key that signs stays, and none waits that did not.
    """
    if own[0] == shared[0] and set(shared) <= set(own):
        return [*own, own[-1]] if is_pending(own) and own[-2] not in shared else list(own)
    end = shared[1:] or [shared[0]] * 2
    return [shared[0], *(key for key in known(own) if key not in shared), *end]


def rotate(path: Path) -> int:
    """Adds a new key, which signs from now on; older keys still verify. Returns the number of keys. Raises BadSetting and changes nothing."""
    make_missing(path)
    return len(known(change(path, lambda keys: with_newest(with_pending(keys)))))


def change(path: Path, made: Callable[[list[str]], list[str]]) -> list[str]:
    """Replaces the keys by what is made of them, while no other process changes them. Raises BadSetting and changes nothing."""
    try:
        with _locked(path):
            before = read_keys(path) if path.exists() else []
            keys = made(before)
            if keys != before:
                _write_beside(path, keys).replace(path)
    except OSError as error:
        raise BadSetting(SETTING, f"cannot change {path} ({error.strerror or error})") from error
    return keys


def add_given(source: Path, target: Path) -> None:
    """Adds the keys of `source` that `target` lacks. A damaged `target` is put aside. Raises BadSetting, OSError."""
    given = read_keys(source)
    if target.exists():
        try:
            read_keys(target)
        except BadSetting:
            target.replace(target.with_name(f"{target.name}.damaged"))
    change(target, lambda own: own if set(given) <= set(own) else merged(own, given) if own else given)


def is_fresh(keys: Sequence[str]) -> bool:
    """Whether the only key was made as a host's first within the last ten minutes: nothing that was mailed needs it yet."""
    match = _FIRST.fullmatch(keys[0]) if len(keys) == 1 else None
    return match is not None and abs(time.time() - int(match[1], 16)) < _FRESH_SECONDS


def make_missing(path: Path) -> None:
    """Creates the file with one new key if there is none. Raises BadSetting."""
    try:
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = _write_beside(path, [f"{secrets.token_hex(32)}-{int(time.time()):08x}"])
        try:
            os.link(fresh, path)  # fails if another process was first: its key wins
        except FileExistsError:
            return
        finally:
            fresh.unlink()
    except OSError as error:
        raise BadSetting(SETTING, f"cannot make {path} ({error.strerror or error})") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(SETTING, f"cannot read {path} ({error.strerror or error})") from error


def _parsed(path: Path, content: bytes) -> list[str]:
    try:
        found = json.loads(content.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise BadSetting(SETTING, f"cannot read {path} ({error})") from error
    if not isinstance(found, list) or not found or not all(isinstance(k, str) and len(k) >= _SHORTEST for k in found):
        raise BadSetting(SETTING, f"{path} must hold a JSON list of keys, oldest first; restore it from your backup")
    return found


def _write_beside(path: Path, keys: list[str]) -> Path:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(keys, file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        fresh.unlink()
        raise
    return fresh


def _main() -> None:
    try:
        add_given(Path(sys.argv[1]), Path(sys.argv[2]))
    except (BadSetting, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
