"""Signing keys on several hosts: each host's file follows the shared keys in MongoDB, and a new key signs only when all hosts know it.

A host whose file has keys that are not shared adds them: no key that may have signed a link is ever dropped.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.base.errors import BadSetting
from tracker.domain.ops.host import DRAIN
from tracker.links import key_file
from tracker.store.ops.signing_keys import SharedKeys, UnreadableKeys

SETTLE_SECONDS = 3.0
"""Until processes that read the same file as a reporting one, such as the edge, know what that one knows."""
_TRIES = 10


def sync_keys(deps: Deps) -> None:
    """Brings file and shared keys to the same state.

    Raises PyMongoError; BadSetting, and changes nothing, where the shared keys cannot be decrypted and others may need them.
    """
    path = deps.settings.signing_keys_file
    for _ in range(_TRIES):
        own = key_file.read_keys(path) if path.exists() else []
        found = _shared(deps, own)
        if own and not found.keys:
            wanted = own
        elif not own or key_file.is_fresh(own) or set(own) <= set(found.keys):
            wanted = list(found.keys)
        else:
            wanted = key_file.merged(found.keys, own)
        if tuple(wanted) == found.keys or deps.store.signing_keys.replace(found, tuple(wanted), deps.now()):
            if wanted and wanted != own:
                _write(path, wanted, own)
            return


def is_alone(deps: Deps) -> bool:
    """Whether no other host is listed, not even a silent one, which may come back with an edge. Raises PyMongoError."""
    return not _others(deps)


def rotate_alone(deps: Deps) -> int:
    """Adds a key, which signs at once, on the only host; returns the number of keys. Raises PyMongoError and BadSetting, and changes nothing."""
    with contextlib.suppress(UnreadableKeys):  # they are lost: the file's keys replace them
        sync_keys(deps)
    count = key_file.rotate(deps.settings.signing_keys_file)
    with contextlib.suppress(PyMongoError):  # the drain shares them when MongoDB responds
        sync_keys(deps)
    return count


def rotate_everywhere(deps: Deps, *, seconds: float, wait: Callable[[float], None] = time.sleep) -> tuple[int, list[str]]:
    """Adds a key, waits until every process that reports knows it, then lets it sign; returns the number of keys.

    If some do not know it in time, they are named, the key waits, and the next call goes on. Raises PyMongoError, BadSetting.
    """
    key_file.make_missing(deps.settings.signing_keys_file)
    sync_keys(deps)
    pending = _change(deps, key_file.with_pending)
    until = time.monotonic() + seconds
    while (behind := _without(deps, key_file.fingerprint(pending))) and time.monotonic() < until:
        wait(1.0)
    if behind:
        return len(key_file.known(pending)) - 1, behind
    wait(SETTLE_SECONDS)
    return len(key_file.known(_change(deps, key_file.with_newest))), []


def known_keys(deps: Deps) -> str:
    """The fingerprint of the keys that this process knows; first brings the file up to date, if MongoDB and the disk allow."""
    with contextlib.suppress(BadSetting):
        sync_keys(deps)
    return deps.keys.fingerprint()


def _shared(deps: Deps, own: Sequence[str]) -> SharedKeys:
    """The shared keys; none where they cannot be decrypted and no other host can need them: the only host has lost its key for secrets.

    Its file has its signing keys all the same. Raises PyMongoError, BadSetting; UnreadableKeys also for a file that is new.
    """
    try:
        return deps.store.signing_keys.read()
    except UnreadableKeys as error:
        if others := _others(deps):
            hint = f"copy DATA/keys from {', '.join(others)}, or `leadlight ps --forget HOST` if a host is gone for good"
        elif not own or key_file.is_fresh(own):
            hint = "copy DATA/keys from where they were, or from a backup; if they are lost, `leadlight keys rotate` makes new keys"
        else:
            return SharedKeys(version=error.version)
        raise UnreadableKeys(error.version, hint) from error


def _others(deps: Deps) -> list[str]:
    """The hosts that are listed beside this one, silent ones too."""
    return sorted({row.host for row in deps.store.hosts.all()} - {deps.settings.host_name})


def _change(deps: Deps, made: Callable[[Sequence[str]], list[str]]) -> list[str]:
    """Changes the shared keys, then the file."""
    for _ in range(_TRIES):
        found = deps.store.signing_keys.read()
        if not found.keys:
            sync_keys(deps)
            continue
        wanted = made(found.keys)
        if tuple(wanted) == found.keys or deps.store.signing_keys.replace(found, tuple(wanted), deps.now()):
            _write(deps.settings.signing_keys_file, wanted)
            return wanted
    raise BadSetting(key_file.SETTING, "the shared keys change all the time; try again")


def _write(path: Path, wanted: list[str], own: list[str] | None = None) -> None:
    """Replaces the keys in the file, unless it has others than it had, or others than are wanted."""
    key_file.change(path, lambda now: wanted if now == own or set(now) <= set(wanted) else now)


def _without(deps: Deps, wanted: str) -> list[str]:
    """The processes that do not know these keys: those that report, and silent drains of hosts of which nothing reports.

    Behind such a drain an edge may answer, or start again, with the file of then. A host's processes share its file.
    """
    now, rows = deps.now(), deps.store.hosts.all()
    present = {row.host for row in rows if not row.is_silent(now)} | {deps.settings.host_name}
    behind = [f"{row.process} on {row.host}" for row in rows if not row.is_silent(now) and row.known_keys != wanted]
    return behind + [f"{row.process} on {row.host} (silent)" for row in rows if row.process == DRAIN and row.host not in present]
