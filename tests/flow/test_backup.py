"""Backup and restore: all data comes back, including pending work, and nothing is overwritten by mistake."""

import dataclasses
import json
import os
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.alerting.channels import set_channel
from tracker.actions.deps import open_deps
from tracker.actions.ops.audit import record
from tracker.actions.ops.backup import backup
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.actions.ops.restore import restore
from tracker.actions.ops.unfinished_restore import marker_path
from tracker.base.encryption import keyring_file
from tracker.base.encryption.encrypted_stream import UnreadableFile
from tracker.base.errors import LeadlightError
from tracker.base.ids import new_id
from tracker.base.settings import as_environment
from tracker.cli.commands.doctor import _signing_keys
from tracker.cli.main import main
from tracker.cli.startup_checks import machine_checks
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.mail.accepted_mail import AcceptedMail, RelayedCopy
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.links import tokens
from tracker.links.keys import Keys
from tracker.spool import layout
from tracker.store.core import secrets
from tracker.store.mail.mail_bytes import PART_BYTES
from tracker.store.schema import NEWEST, TooNew, upgrade
from workers.drain.process import Drain
from workers.recompute.run import recompute

PHRASE = "lantern harbor quilt"
TOKEN = {"bot_token": "xoxb-1234", "channel": "#sales"}

LEFT_OUT = ("leases", "hosts", "signing_keys")
"""What processes write again by themselves after a restore."""


def everything(database):
    names = sorted(name for name in database.list_collection_names() if not name.startswith("system.") and name not in LEFT_OUT)
    found = {name: sorted(map(repr, database[name].find({}, sort=[("_id", 1)]))) for name in names}
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
def lived_in(deps):
    """An instance with data; one click waits in the spool, another is partly drained."""
    Keys.load(deps.settings.signing_keys_file)
    upgrade(deps.store, NOON)
    scene = make_scene(deps)
    lead = scene.lead()
    message = scene.message(lead)
    scene.click(message, NOON)
    scene.page("browser", "/pricing", NOON + timedelta(seconds=5))
    scene.spool()
    scene.settle()
    scene.captures.clear()
    scene.click(message, NOON + timedelta(minutes=1))
    scene.spool()
    record(deps, scene.workspace.id, AuditAction.EXPORTED, OPERATOR, "backup")
    _submit(deps, scene)
    return scene, lead, message


def _submit(deps, scene):
    """Two mails of an email client wait for the mail server, of which one is routed."""
    ours = {"workspace": scene.workspace.id, "rep": scene.rep.id}
    for is_routed in (False, True):
        mail = AcceptedMail(
            id=new_id(),
            **ours,
            sender="a@b.example",
            recipients=("c@d.example",),
            size=0,
            accepted_at=NOON,
            due_at=NOON,
            is_routed=is_routed,
        )
        deps.store.mail_bytes.put(mail.workspace, mail.id, b"x" * (PART_BYTES + 1), NOON)
        deps.store.accepted_mails.add(mail)
    copy = RelayedCopy(
        id=new_id(),
        **ours,
        mail=mail.id,
        mailbox="a@b.example",
        recipient="c@d.example",
        wanted_at=NOON,
        next_try_at=NOON + timedelta(days=1),
    )
    deps.store.relayed_copies.add([copy])


@pytest.fixture
def elsewhere(deps, tmp_path):
    """The settings of an empty machine."""
    url = deps.settings.mongo_url.replace("/leadlight_test_", "/leadlight_else_")
    other = dataclasses.replace(deps.settings, data=tmp_path / "else", signing_keys_file=tmp_path / "else/keys/signing.json", mongo_url=url)
    opened = open_deps(other)
    opened.store.database.client.drop_database(opened.store.database.name)
    yield opened
    opened.store.database.client.drop_database(opened.store.database.name)
    opened.store.database.client.close()
    opened.redis.close()


def test_what_is_restored_equals_what_was(deps, lived_in, elsewhere, tmp_path):
    """Every document, key and spool row; pending work is completed on the other machine."""
    scene, lead, message = lived_in
    token = tokens.mint_open(Keys.load(deps.settings.signing_keys_file), tokens.OpenClaims(scene.workspace.id, message.id))
    file = tmp_path / "leadlight.backup"

    counts = backup(deps.settings, file, PHRASE, NOON)
    assert restore(elsewhere.settings, file, PHRASE) == counts

    assert (counts["spool rows"], counts["audit"]) == (1, 1)
    assert everything(elsewhere.store.database) == everything(deps.store.database)
    assert elsewhere.keys.derived(b"x") is not None
    assert tokens.verify_open(Keys.load(elsewhere.settings.signing_keys_file), token).message == message.id
    assert [oct(path.stat().st_mode & 0o777) for path in (file, elsewhere.settings.signing_keys_file)] == ["0o600"] * 2
    scene.settle()
    drain = Drain(elsewhere)
    while drain.step():
        pass
    recompute(elsewhere, "live"), recompute(elsewhere, "bulk")
    assert elsewhere.store.of(scene.workspace.id).events.of_lead(lead.id) == scene.store.events.of_lead(lead.id)
    assert layout.files(elsewhere.settings.spool_dir) == []


def test_a_backup_carries_the_key_of_secrets(deps, lived_in, elsewhere, tmp_path):
    """Secrets can be decrypted on the other machine, even if it had its own key or the first one rotates its key later."""
    scene, *_ = lived_in
    set_channel(deps, scene.workspace.id, None, "slack", TOKEN)
    elsewhere.store.keyring.ensure()
    backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    secrets.rotate(deps.store.database, deps.store.keyring)
    restore(elsewhere.settings, tmp_path / "b", PHRASE)

    assert elsewhere.store.of(scene.workspace.id).channels.named(None, ChannelName.SLACK).config == TOKEN
    assert (lost_secrets(elsewhere), b"xoxb" in (tmp_path / "b").read_bytes()) == ([], False)
    assert stat.S_IMODE(elsewhere.settings.secret_keys_file.stat().st_mode) == 0o600
    restore(deps.settings, tmp_path / "b", PHRASE, force=True)
    assert deps.store.of(scene.workspace.id).channels.named(None, ChannelName.SLACK).config == TOKEN


def test_a_restore_without_the_key_says_what_to_type_again(deps, lived_in, elsewhere, tmp_path, monkeypatch, capsys):
    """As with a dump of MongoDB alone; the restore succeeds."""
    scene, *_ = lived_in
    set_channel(deps, scene.workspace.id, scene.rep.id, "slack", TOKEN)
    deps.settings.secret_keys_file.unlink()
    backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    for name, value in {**as_environment(elsewhere.settings), "LEADLIGHT_PASSPHRASE": PHRASE}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))

    assert main(["restore", str(tmp_path / "b"), "--json"]) == 0
    said = capsys.readouterr()
    line = "Northwind, rep@northwind.example, Slack: bot token"
    assert (json.loads(said.out)["type_again"], line in said.err) == ([line], True)


def test_a_backup_of_an_older_version_is_encrypted_as_it_is_restored(deps, lived_in, elsewhere, tmp_path, monkeypatch):
    """Its secrets are plain text and it has no key; none has to be entered again."""
    scene, *_ = lived_in
    set_channel(deps, scene.workspace.id, None, "slack", TOKEN)
    deps.store.database.channels.update_one({}, {"$set": {"config": TOKEN}})
    deps.store.database.meta.update_one({"_id": "schema"}, {"$set": {"version": 3}})
    deps.settings.secret_keys_file.unlink()
    backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    restore(elsewhere.settings, tmp_path / "b", PHRASE)
    upgrade(elsewhere.store, NOON)

    assert "xoxb" not in str(list(elsewhere.store.database.channels.find({})))
    assert elsewhere.store.of(scene.workspace.id).channels.named(None, ChannelName.SLACK).config == TOKEN


def test_a_damaged_key_of_secrets_is_not_backed_up(deps, lived_in, tmp_path):
    """It would replace a valid one."""
    deps.settings.secret_keys_file.write_text("[]")
    with pytest.raises(LeadlightError, match="keyring"):
        backup(deps.settings, tmp_path / "b", PHRASE, NOON)


def test_a_rotation_waits_for_the_backup(deps, lived_in, monkeypatch, tmp_path, capsys):
    """Otherwise the database copy would use a key that the file does not contain."""
    for name, value in as_environment(deps.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))
    with keyring_file.rotation(deps.settings.secret_keys_file, is_shared=True):
        assert main(["keys", "rotate", "--secrets"]) == 1
    assert "try again" in capsys.readouterr().err
    assert main(["keys", "rotate", "--secrets"]) == 0


def test_it_may_be_made_while_everything_runs(deps, lived_in, elsewhere, tmp_path):
    """While clicks arrive and are drained: every event acknowledged before the backup is in it, and the data is consistent."""
    scene, lead, message = lived_in
    stop, before = threading.Event(), {event.id for event in scene.store.events.of_lead(lead.id)} | {c.id for c in scene.captures}

    def busy():
        while not stop.is_set():
            scene.captures.clear()
            for n in range(20):
                scene.click(message, NOON + timedelta(minutes=2, seconds=n))
            scene.spool()
            Drain(deps).step()
            recompute(deps, "live")

    worker = threading.Thread(target=busy)
    worker.start()
    try:
        backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    finally:
        stop.set()
        worker.join()
    restore(elsewhere.settings, tmp_path / "b", PHRASE)
    upgrade(elsewhere.store, NOON)
    drain = Drain(elsewhere)
    while drain.step():
        pass
    recompute(elsewhere, "live"), recompute(elsewhere, "bulk")
    here = elsewhere.store.of(scene.workspace.id)
    found = here.events.of_lead(lead.id, limit=100_000)
    assert before <= {event.id for event in found}
    assert here.leads.get(lead.id).derived.clicks == sum(event.kind == "click" and event.stands for event in found)


def test_a_restore_that_broke_off_is_repeated(deps, lived_in, elsewhere, tmp_path):
    """Nothing starts with a partial restore; repeating it needs no --force, and former keys are kept."""
    file, settings = tmp_path / "b", elsewhere.settings
    backup(deps.settings, file, PHRASE, NOON)
    settings.signing_keys_file.parent.mkdir(parents=True)
    in_the_way = settings.data / "restored-settings.json"
    in_the_way.mkdir()
    with pytest.raises(LeadlightError, match="restore failed"):
        restore(settings, file, PHRASE)
    refused = [check for check in machine_checks(settings) if check.level == "fail"]
    assert [check.name for check in refused] == ["Restore"]

    in_the_way.rmdir()
    restore(settings, file, PHRASE)
    assert everything(elsewhere.store.database) == everything(deps.store.database)
    assert [check for check in machine_checks(settings) if check.level == "fail"] == []
    for keys in ("one", "two"):
        settings.signing_keys_file.write_text(keys)
        restore(settings, file, PHRASE, force=True)
    former = settings.signing_keys_file.parent.glob("*.before-restore*")
    assert {path.read_text() for path in former} == {"one", "two"}


def test_a_watermark_that_outlived_its_file_hides_nothing_that_is_restored(deps, lived_in, elsewhere, tmp_path):
    """As left by a drain that was killed while it removed the file."""
    file, folder = tmp_path / "b", elsewhere.settings.spool_dir
    backup(deps.settings, file, PHRASE, NOON)
    folder.mkdir(parents=True)
    waiting = [one.name for one in layout.files(deps.settings.spool_dir)]
    for name in waiting:
        layout.Watermarks().set(folder / name, 1_000)
    restore(elsewhere.settings, file, PHRASE, force=True)

    assert waiting == [one.name for one in layout.files(folder)] != []
    assert [layout.Watermarks().get(folder / name) for name in waiting] == [0] * len(waiting)


def test_a_backup_without_keys_says_so(deps, lived_in, tmp_path):
    """The message names the keys, not the backup's folder."""
    deps.settings.signing_keys_file.unlink()
    with pytest.raises(LeadlightError, match="signing keys"):
        backup(deps.settings, tmp_path / "b", PHRASE, NOON)


def test_a_partial_database_is_not_backed_up(deps, lived_in, tmp_path):
    """A killed restore leaves a marker; the valid backup is kept until the restore is repeated."""
    backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    good = (tmp_path / "b").read_bytes()
    marker_path(deps.settings).touch()
    with pytest.raises(LeadlightError, match="repeat it"):
        backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    assert (tmp_path / "b").read_bytes() == good


@pytest.mark.parametrize("spoiled", ["{", "[]", '["short"]', "[1]", ""])
def test_damaged_keys_are_not_backed_up(deps, lived_in, tmp_path, spoiled):
    """They would replace valid ones; doctor reports that they are damaged."""
    keys = deps.settings.signing_keys_file
    keys.write_text(spoiled)
    with pytest.raises(LeadlightError, match="signing keys"):
        backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    mark = keys.with_name("signing.json.backed-up")
    assert ((tmp_path / "b").exists(), mark.exists()) == (False, False)
    mark.touch()
    found = _signing_keys(deps.settings)
    assert (found.level, "restore the file from your backup" in found.line) == ("fail", True)


def test_a_rotation_that_cannot_be_says_why_in_one_line(deps, tmp_path, monkeypatch, capsys):
    """For unreadable keys, damaged ones, and those of an incomplete restore."""
    for name, value in as_environment(deps.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))
    keys = deps.settings.signing_keys_file
    said = []
    for file in (tmp_path / ("n" * 300) / "k", keys, tmp_path / "none yet"):
        monkeypatch.setenv("SIGNING_KEYS_FILE", str(file))
        keys.write_text("[]")
        if file.parent == tmp_path:
            marker_path(deps.settings).touch()
        assert main(["keys", "rotate"]) == 1
        said += capsys.readouterr().err.splitlines()
    assert ["File name too long" in said[0], "must hold a JSON list" in said[1], "repeat it" in said[2]] == [True] * 3
    assert (len(said), keys.read_text(), (tmp_path / "none yet").exists()) == (3, "[]", False)


def test_doctor_sees_whether_the_keys_are_backed_up(deps, lived_in, tmp_path):
    """A rotation requires a new backup; an unreadable folder is reported."""
    seen = [_signing_keys(deps.settings).level]
    backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    seen.append(_signing_keys(deps.settings).level)
    out_of_reach = dataclasses.replace(deps.settings, signing_keys_file=tmp_path / ("n" * 300) / "k")
    assert (*seen, _signing_keys(out_of_reach).level) == ("warn", "ok", "fail")


def test_a_backup_takes_the_place_of_a_file_only(deps, lived_in, tmp_path):
    """As root it would replace the device behind /dev/stdout; a symbolic link to a file stays a link."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to-pipe").symlink_to(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in (*(tmp_path / name for name in ("pipe", "folder", "to-pipe")), Path(), Path("/"), tmp_path / "folder" / ".."):
        with pytest.raises(LeadlightError, match="is not a regular file"):
            backup(deps.settings, place, PHRASE, NOON)
    for place in (tmp_path / "loop", tmp_path / ("n" * 300), tmp_path / "nowhere" / "b", tmp_path / "loop" / "b"):
        with pytest.raises(LeadlightError, match="cannot be written"):
            backup(deps.settings, place, PHRASE, NOON)
    assert (tmp_path / "pipe").is_fifo()

    (tmp_path / "latest").symlink_to(tmp_path / "folder" / "b")
    for _ in range(2):
        backup(deps.settings, tmp_path / "latest", PHRASE, NOON)
    assert ((tmp_path / "latest").is_symlink(), [p.name for p in (tmp_path / "folder").iterdir()]) == (True, ["b"])


def test_nothing_is_replaced_by_mistake(deps, lived_in, elsewhere, tmp_path):
    """A non-empty database, keys or spool are not replaced without --force."""
    backup(deps.settings, tmp_path / "b", PHRASE, NOON)
    was = everything(deps.store.database)

    with pytest.raises(LeadlightError, match="not empty"):
        restore(deps.settings, tmp_path / "b", PHRASE)
    Keys.load(elsewhere.settings.signing_keys_file)
    with pytest.raises(LeadlightError, match="signing keys"):
        restore(elsewhere.settings, tmp_path / "b", PHRASE)
    assert everything(deps.store.database) == was

    restore(elsewhere.settings, tmp_path / "b", PHRASE, force=True)
    kept = elsewhere.settings.signing_keys_file.with_name("signing.json.before-restore")
    assert (everything(elsewhere.store.database) == was, kept.exists()) == (True, True)


def test_a_spoiled_or_newer_backup_changes_nothing(deps, lived_in, elsewhere, tmp_path):
    """The whole file is read before the first document is written."""
    file = tmp_path / "b"
    backup(deps.settings, file, PHRASE, NOON)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    with pytest.raises(UnreadableFile):
        restore(elsewhere.settings, file, PHRASE)

    deps.store.database.meta.update_one({"_id": "schema"}, {"$set": {"version": NEWEST + 1}})
    backup(deps.settings, file, PHRASE, NOON)
    with pytest.raises(TooNew):
        restore(elsewhere.settings, file, PHRASE)
    assert everything(elsewhere.store.database) == {}
