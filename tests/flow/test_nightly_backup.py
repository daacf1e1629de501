"""The nightly backup: made by itself, restored with the recovery key, and a failure is said."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.test_backup import PHRASE, elsewhere, everything, lived_in
from tracker.actions.ops.backup import backup
from tracker.actions.ops.nightly_backup import back_up_if_due, is_backup_due, state_of
from tracker.actions.ops.restore import restore
from tracker.base.encryption import recovery_key
from tracker.base.errors import LeadlightError
from tracker.base.settings import as_environment
from tracker.cli.main import main
from tracker.rules.ops.backups import RETRY
from workers.periodic.alarms import AlarmMonitor

__all__ = ["elsewhere", "lived_in"]
DAY = timedelta(days=1)


@pytest.fixture
def night(deps, lived_in):
    """Three in the morning, two days after the installation."""
    recovery_key.ensure(deps.settings.recovery_key_file, deps.now() - 2 * DAY)
    return (deps.now() + DAY).replace(hour=3, minute=0)


@pytest.fixture
def by_command(deps, tmp_path, monkeypatch, capsys):
    """Runs a command with the settings of an instance; the exit code, stdout and stderr."""

    def run(settings, *words, **environ):
        monkeypatch.delenv("LEADLIGHT_PASSPHRASE", raising=False)
        monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))
        for name, value in (as_environment(settings) | environ).items():
            monkeypatch.setenv(name, value)
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out.strip(), said.err

    return run


def kept(deps):
    return sorted(deps.settings.backup_dir.glob("*"))


def test_one_is_made_each_night_and_restored_with_the_key(deps, night, elsewhere, by_command):
    """Everything comes back; the other machine goes on with the same key, and the machine itself no longer has it."""
    back_up_if_due(deps, night)
    back_up_if_due(deps, night + timedelta(minutes=1))
    (file,) = kept(deps)
    code, shown, warning = by_command(deps.settings, "recovery-key")
    assert (code, "not shown again" in warning) == (0, True)
    assert by_command(deps.settings, "recovery-key")[0] == 1

    code, _, said = by_command(elsewhere.settings, "restore", str(file))
    assert (code, "recovery key of this backup is required" in said) == (1, True)
    code, _, said = by_command(elsewhere.settings, "restore", str(file), LEADLIGHT_PASSPHRASE=PHRASE)
    assert (code, "not a recovery key" in said) == (1, True)
    code, _, said = by_command(elsewhere.settings, "restore", str(file), LEADLIGHT_PASSPHRASE=shown.lower())
    assert (code, shown in said) == (0, False), said
    assert elsewhere.store.of(lead_workspace(deps)).leads.count() == 1

    later = state_of(deps.settings).made_at + DAY
    back_up_if_due(deps, later)
    restore(elsewhere.settings, kept(deps)[-1], shown, force=True)
    keys = {recovery_key.read(one.settings.recovery_key_file).public for one in (deps, elsewhere)}
    assert len(keys) == 1


def lead_workspace(deps):
    return deps.store.workspaces.first().id


def test_as_long_as_the_key_was_not_shown_this_machine_restores_with_it(deps, night, by_command):
    """And says that it must be stored."""
    code, file, said = by_command(deps.settings, "backup")
    assert (code, "The recovery key has not been stored" in said) == (0, True)
    before = everything(deps.store.database)
    code, _, said = by_command(deps.settings, "restore", file, "--force")
    assert code == 0, said
    assert {**before, "audit": 0} == {**everything(deps.store.database), "audit": 0}


def test_a_lost_key_is_replaced(deps, night, by_command):
    """Later backups need the new one; earlier ones still the former."""
    _, first, _ = by_command(deps.settings, "recovery-key")
    _, old, _ = by_command(deps.settings, "backup", "--json")
    _, second, _ = by_command(deps.settings, "recovery-key", "--new")
    backup(deps.settings, deps.settings.data.parent / "new", recovery_key.read(deps.settings.recovery_key_file).public, night)
    for file, right, wrong in ((json.loads(old)["file"], first, second), (deps.settings.data.parent / "new", second, first)):
        with pytest.raises(LeadlightError, match="another key"):
            restore(deps.settings, Path(file), wrong, force=True)
        restore(deps.settings, Path(file), right, force=True)


def test_the_oldest_go(deps, night):
    """As many as BACKUP_KEEP stay, and files of other programs."""
    few = replace(deps, settings=replace(deps.settings, backup_keep=2))
    few.settings.backup_dir.mkdir(parents=True)
    (few.settings.backup_dir / "other.backup").touch()
    (few.settings.backup_dir / ".leadlight-20260101T000000Z.backup.12ab").touch()
    for n in range(4):
        back_up_if_due(few, night + n * DAY)
    names = [path.name for path in kept(deps)]
    assert names == [*(f"leadlight-{night + n * DAY:%Y%m%dT%H%M%SZ}.backup" for n in (2, 3)), "other.backup"]


def test_a_failure_is_an_alarm_until_the_next_success(deps, night):
    """The folder cannot be written; an hour later it can. No part of a file stays."""
    deps.settings.backup_dir.write_text("a file in the way")
    clock = [night]
    timed = replace(deps, now=lambda: clock[0])
    monitor = AlarmMonitor()

    def alarms():
        monitor.run(timed, clock[0])
        return {alarm.kind: alarm.text for alarm, _, _ in deps.store.alarms.active()}

    back_up_if_due(timed, night)
    assert "backups" in alarms()["backup"]
    deps.settings.backup_dir.unlink()
    back_up_if_due(timed, night + RETRY / 2)
    assert kept(deps) == []
    clock[0] += RETRY
    back_up_if_due(timed, clock[0])
    clock[0] += timedelta(minutes=3)
    assert ("backup" in alarms(), state_of(deps.settings).error) == (False, "")


def test_no_night_before_the_installation_and_none_where_it_is_off(deps, lived_in):
    """The first start is no reason to back up; `off` leaves it to other tools."""
    now = deps.now()
    recovery_key.ensure(deps.settings.recovery_key_file, now)
    assert not is_backup_due(deps, now)
    assert is_backup_due(deps, now + DAY)
    assert not is_backup_due(replace(deps, settings=replace(deps.settings, backup_at="off")), now + DAY)
