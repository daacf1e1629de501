"""Checks of `leadlight doctor`: the last nightly backup, its recovery key, and current problems of this machine."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.ops.nightly_backup import is_beside_data, state_of
from tracker.actions.ops.operator_mail import operator_address, operator_route
from tracker.base.encryption import recovery_key
from tracker.base.encryption.recovery_key import UnreadableKeyFile
from tracker.base.settings import Settings
from tracker.cli.checks.check import Check

_OLD = timedelta(hours=26)
_NAME = "Last backup"


def backup_checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """Checks that need no running process."""
    yield _last(settings, now)
    yield _key(settings)


def problem_checks(deps: Deps) -> Iterator[Check]:
    """Current alarms, and whether the operator can be told of them by email. Raises PyMongoError."""
    for alarm, since, _ in deps.store.alarms.active():
        yield Check("Problem", "warn", f"{alarm.title}, since {since:%d %B %H:%M} UTC", alarm.text)
    address = operator_address(deps)
    if not address:
        yield Check("Operator", "warn", "no person is told of problems", "Sign in and enter your address, or set OPERATOR_EMAIL.")
    elif operator_route(deps) is None:
        todo = "Set SMTP_URL, or a mail server under Settings, Email. Until then, problems are in the console's bell and here."
        yield Check("Operator", "warn", f"{address} cannot be told of problems: there is no mail server", todo)
    else:
        yield Check("Operator", "ok", f"{address} is told of problems by email")


def _last(settings: Settings, now: datetime) -> Check:
    state = state_of(settings)
    if settings.backup_at == "off":
        return Check(_NAME, "warn", "nightly backups are off", "Back up with your own tools, or unset BACKUP_AT.")
    if state.error:
        return Check(_NAME, "warn", f"failed: {state.error}", "Correct this, then run `leadlight backup`.")
    if state.made_at is None:
        return Check(_NAME, "ok", f"none yet; the first is made in the night, at {settings.backup_at}")
    text = f"{state.made_at:%d %B %H:%M} UTC, {state.size / 2**20:.1f} MB, {state.file}"
    if now - state.made_at > _OLD:
        return Check(_NAME, "warn", f"is old: {text}", "Is `schedule` running? See `leadlight ps`, or run `leadlight backup`.")
    if is_beside_data(settings):
        return Check(_NAME, "warn", f"is on the disk of the data: {text}", "Set BACKUP_DIR to a folder on another disk or machine.")
    return Check(_NAME, "ok", text)


def _key(settings: Settings) -> Check:
    name = "Recovery key"
    try:
        key = recovery_key.read(settings.recovery_key_file)
    except UnreadableKeyFile as error:
        return Check(name, "warn", str(error), "No nightly backup can be made without it.")
    if key is None:
        return Check(name, "ok", "none yet; the first start makes it")
    if key.unseen:
        todo = "Show it in the console's set-up, or with `leadlight recovery-key`, and store it away from this machine."
        return Check(name, "warn", "has not been stored: if this disk is lost, no backup can be read", todo)
    return Check(name, "ok", f"made on {key.made_at:%d %B %Y} and shown; if it is lost, `leadlight recovery-key --new` makes another")
