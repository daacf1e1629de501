"""Restores of backups that are older than an erasure: the lead does not come back."""

import dataclasses
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps, open_deps
from tracker.actions.ops import tombstones
from tracker.actions.ops.backup import backup
from tracker.actions.ops.restore import restore
from tracker.actions.privacy.erase import erase_lead, finish_erasures, keep_tombstones
from tracker.actions.privacy.recording import stop_recording
from tracker.base.errors import LeadlightError
from tracker.base.ids import new_id
from tracker.base.settings import as_environment
from tracker.cli.main import main
from tracker.domain.ops.audit import OPERATOR
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
from tracker.store.schema import upgrade

PHRASE = "lantern harbor quilt"


@dataclasses.dataclass
class OldBackup:
    """A backup with two leads, of which one is erased since; a click of it waits in the spool of the backup."""

    scene: Scene
    file: Path
    erased: str
    kept: str


@pytest.fixture
def old(deps: Deps, tmp_path) -> OldBackup:
    upgrade(deps.store, NOON)
    scene = make_scene(deps)
    lead, other = scene.lead("Dana Whitfield"), scene.lead("Omar Reed")
    message = scene.message(lead)
    scene.click(message, NOON)
    scene.page("browser", "/pricing", NOON + timedelta(seconds=5))
    scene.spool()
    scene.settle()
    scene.captures.clear()
    scene.click(message, NOON + timedelta(minutes=1))
    scene.spool()
    backup(deps.settings, tmp_path / "old", PHRASE, NOON)
    erase_lead(deps, scene.workspace.id, lead.id, OPERATOR)
    scene.settle()
    return OldBackup(scene, tmp_path / "old", lead.id, other.id)


@pytest.fixture
def elsewhere(deps, tmp_path):
    """The settings of an empty machine."""
    url = deps.settings.mongo_url.replace("/leadlight_test_", "/leadlight_erased_")
    other = dataclasses.replace(deps.settings, data=tmp_path / "else", signing_keys_file=tmp_path / "else/keys/signing.json", mongo_url=url)
    opened = open_deps(other)
    opened.store.database.client.drop_database(opened.store.database.name)
    yield opened
    opened.store.database.client.drop_database(opened.store.database.name)
    opened.store.database.client.close()
    opened.redis.close()


def assert_erased(deps: Deps, old: OldBackup) -> None:
    """The erased lead is gone with its events, also with those in the restored spool; the other lead is there."""
    scene = dataclasses.replace(old.scene, deps=deps)
    scene.settle()
    finish_erasures(deps, deps.now() + timedelta(minutes=2))
    here = deps.store.of(scene.workspace.id)
    assert (here.leads.find(old.erased), here.events.of_lead(old.erased), here.messages.of_lead(old.erased)) == (None, [], [])
    assert here.leads.get(old.kept).name == "Omar Reed"
    assert deps.store.database.events.count_documents({"k": "click"}) == 0


def test_a_restore_over_the_installation_keeps_its_tombstones(deps, old):
    """Those of the database are written to the file before it is replaced; they are in both afterwards."""
    tombstones.path_of(deps.settings).unlink()
    restore(deps.settings, old.file, PHRASE, force=True)
    assert old.scene.store.leads.find(old.erased)

    upgrade(deps.store, NOON)
    assert keep_tombstones(deps, OPERATOR) == 1
    assert len(tombstones.read(tombstones.path_of(deps.settings))) == len(old.scene.store.tombstones.all()) == 1
    assert_erased(deps, old)
    assert keep_tombstones(deps, OPERATOR) == 0


def test_a_restore_elsewhere_takes_a_copy_of_the_file(deps, old, elsewhere, tmp_path):
    """`restore --erased FILE`; a file of anything else is refused before anything is changed."""
    given = tmp_path / "erased-copy"
    shutil.copy(tombstones.path_of(deps.settings), given)
    (tmp_path / "wrong").write_text("leads\n")
    for wrong in (tmp_path / "wrong", tmp_path / "none"):
        with pytest.raises(LeadlightError):
            restore(elsewhere.settings, old.file, PHRASE, erased=wrong)
    assert not elsewhere.settings.data.exists()

    restore(elsewhere.settings, old.file, PHRASE, erased=given)
    elsewhere.keys.refresh()
    upgrade(elsewhere.store, NOON)
    assert keep_tombstones(elsewhere, OPERATOR) == 1
    assert_erased(elsewhere, old)


def test_the_command_erases_again(deps, old, tmp_path, monkeypatch, capsys):
    """And says how many; without a database of its own it works on MONGO_URL."""
    for name, value in as_environment(deps.settings).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "phrase").write_text(PHRASE)
    assert main(["restore", str(old.file), "--force", "--passphrase-file", str(tmp_path / "phrase")]) == 0

    assert "Leads erased since the backup: 1" in capsys.readouterr().err
    assert_erased(deps, old)


def test_the_file_erases_what_other_tools_have_restored(deps, old):
    """The database then lacks the tombstone; a lead that was added later stays."""
    scene, lead = old.scene, old.erased
    scene.store.tombstones.remove(scene.store.tombstones.all()[0].id)
    fresh = msgspec.structs.replace(scene.store.leads.get(old.kept), id=new_id(), email="dana@acme.example", created_at=deps.now())
    later = scene.store.leads.add(fresh)
    assert keep_tombstones(deps, OPERATOR) == 0
    assert scene.store.leads.find(later.id)
    assert len(scene.store.tombstones.all()) == 1
    assert scene.store.leads.find(lead) is None


def test_a_withdrawal_holds_after_a_restore(deps, old):
    """The backup is older and does not know it."""
    message = old.scene.message(old.scene.store.leads.get(old.kept))
    backup(deps.settings, old.file, PHRASE, NOON)
    stop_recording(deps, old.scene.workspace.id, old.kept)
    restore(deps.settings, old.file, PHRASE, force=True)

    key = withdrawn_hash(old.scene.workspace.id, WithdrawnKind.MESSAGE, message.id)
    assert key in deps.store.withdrawn.listed([key])
