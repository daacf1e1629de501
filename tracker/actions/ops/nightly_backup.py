"""The nightly backup: made by the periodic worker, encrypted with the recovery key, the newest kept. Read by doctor, set-up and alarms."""

import contextlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.actions.ops.backup import backup
from tracker.base.encryption import recovery_key
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings
from tracker.base.time_zones import zone_of
from tracker.domain.ops.audit import AuditAction
from tracker.rules.ops import backups

_SPARE_BYTES = 1 << 29
"""What a backup leaves free on its disk: half a gigabyte, since a full disk loses events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """The last nightly backup, and the last failure since then. `error` is empty after a success."""

    made_at: datetime | None = None
    file: str = ""
    size: int = 0
    failed_at: datetime | None = None
    error: str = ""


def state_of(settings: Settings) -> BackupState:
    """The state; an empty one before the first backup, or if it cannot be read."""
    try:
        row = json.loads(_state_file(settings).read_text("utf-8"))
        times = {name: datetime.fromisoformat(row[name]) if row.get(name) else None for name in ("made_at", "failed_at")}
        return BackupState(**{**row, **times})
    except (OSError, ValueError, TypeError, KeyError):
        return BackupState()


def is_backup_due(deps: Deps, now: datetime) -> bool:
    """Whether a nightly backup is due. Makes the recovery key if there is none. Raises LeadlightError, PyMongoError."""
    first = deps.store.workspaces.first()
    if deps.settings.backup_at == "off" or first is None:
        return False
    due = backups.last_due(now, deps.settings.backup_at, zone_of(first.timezone))
    state, key = state_of(deps.settings), recovery_key.ensure(deps.settings.recovery_key_file, now)
    return backups.is_due(now, due, since=key.made_at, made_at=state.made_at, failed_at=state.failed_at if state.error else None)


def back_up_if_due(deps: Deps, now: datetime) -> None:
    """Makes a nightly backup if one is due. A failure is kept in the state, for the alarm. Raises PyMongoError, LeadlightError."""
    if is_backup_due(deps, now):
        with contextlib.suppress(LeadlightError):
            back_up(deps, now)


def back_up(deps: Deps, now: datetime) -> BackupState:
    """Makes a backup in BACKUP_DIR and removes the surplus. Raises LeadlightError; the state has the reason, too."""
    settings = deps.settings
    try:
        made = _made(settings, now)
        _prune(settings)
    except (LeadlightError, PyMongoError, OSError) as error:
        reason = _reason(error)
        _keep(settings, replace(state_of(settings), failed_at=deps.now(), error=reason))
        raise LeadlightError(f"the backup failed: {reason}") from error
    _keep(settings, made)
    audit.record_for_all(deps, AuditAction.EXPORTED, "backup of all data")
    return made


def _made(settings: Settings, now: datetime) -> BackupState:
    folder, key = settings.backup_dir, recovery_key.ensure(settings.recovery_key_file, now)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob(".leadlight-*.backup.*"):  # of a backup that was killed
        left.unlink(missing_ok=True)
    wanted = state_of(settings).size * 5 // 4 + _SPARE_BYTES
    if (free := shutil.disk_usage(folder).free) < wanted:
        raise LeadlightError(f"{folder} has only {free / 2**30:.1f} GB free, and {wanted / 2**30:.1f} GB are needed")
    target = folder / backups.file_name(now)
    backup(settings, target, key.public, now)
    return BackupState(made_at=now, file=str(target), size=target.stat().st_size)


def _prune(settings: Settings) -> None:
    for name in backups.surplus((path.name for path in settings.backup_dir.iterdir()), settings.backup_keep):
        (settings.backup_dir / name).unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    if isinstance(error, LeadlightError):
        return str(error)
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else f"MongoDB failed ({type(error).__name__})"


def is_beside_data(settings: Settings) -> bool:
    """Whether the backups are on the disk of the DATA folder, and so lost with it."""
    folder = next(path for path in (settings.backup_dir, *settings.backup_dir.parents) if path.exists())
    try:
        return folder.stat().st_dev == settings.data.stat().st_dev
    except OSError:
        return False


def _state_file(settings: Settings) -> Path:
    return settings.data / "backup-state.json"


def _keep(settings: Settings, state: BackupState) -> None:
    file = _state_file(settings)
    temporary = file.with_name(f".{file.name}")
    row = asdict(state) | {name: moment.isoformat() for name, moment in asdict(state).items() if isinstance(moment, datetime)}
    with contextlib.suppress(OSError):  # a full disk is an alarm of its own
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(row, out)
        temporary.replace(file)
