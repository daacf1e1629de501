"""A backup extends MongoDB's snapshot window, and restores it in every case."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from pymongo import MongoClient, monitoring

from tests.ports import free_ports
from tests.scenes import NOON
from tests.system.stack import ROOT, wait_for
from tracker.actions.ops.backup import backup
from tracker.base.errors import LeadlightError
from tracker.base.settings import as_environment, load
from tracker.embedded.servers import servers
from tracker.links.keys import Keys

PHRASE = "lantern harbor quilt"
NAME = "minSnapshotHistoryWindowInSeconds"
DAY = 24 * 3600


@pytest.fixture(scope="module")
def own_servers():
    """Servers for this module alone, since the parameter is global to a server."""
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as urls:
        yield urls


@pytest.fixture
def admin(own_servers):
    with MongoClient(own_servers[0]) as client:
        client.leadlight.notes.delete_many({})
        client.leadlight.notes.insert_many([{"_id": n, "text": os.urandom(1 << 20)} for n in range(4)])
        client.admin.command({"setParameter": 1, NAME: 0})
        yield client.admin


@pytest.fixture
def settings(own_servers, tmp_path):
    environ = {"PORT": str(free_ports()), "DATA": str(tmp_path / "var"), "MONGO_URL": own_servers[0], "REDIS_URL": own_servers[1]}
    made = load(environ, file=tmp_path / "none.toml")
    Keys.load(made.signing_keys_file)
    return made


def window(admin) -> int:
    return int(admin.command({"getParameter": 1, NAME: 1})[NAME])


@pytest.mark.parametrize(("was", "then"), [(0, 0), (120, 120), (DAY, 0), (2 * DAY, 2 * DAY)])
def test_the_window_is_restored(admin, settings, tmp_path, was, then):
    """A window of one day was left by a killed backup: then the start value is restored."""
    admin.command({"setParameter": 1, NAME: was})
    backup(settings, tmp_path / "b", PHRASE, NOON)
    assert window(admin) == then


def test_the_window_is_restored_on_a_full_disk(admin, settings, tmp_path):
    """Even while the caller still holds the error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    try:
        with pytest.raises(LeadlightError) as caught:
            backup(settings, tmp_path / "b", PHRASE, NOON)
        assert (window(admin), "cannot be written" in str(caught.value)) == (0, True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.glob("*b*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_backup_cleans_up(admin, settings, tmp_path, number):
    """No partial file stays, and the previous backup is kept."""
    (tmp_path / "b").write_text("the former one")
    halted, out = tmp_path / "halted", tmp_path / "out"
    environ = {**os.environ, **as_environment(settings), "LEADLIGHT_CONFIG": os.devnull, "LEADLIGHT_PASSPHRASE": PHRASE}
    command = [sys.executable, "-m", "tests.flow.halt", "find notes", str(halted), "backup", str(tmp_path / "b")]
    with out.open("w") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=file, stderr=file, start_new_session=True)
    try:
        wait_for(lambda: halted.exists() or process.poll() is not None, out.read_text)
        assert (process.poll(), window(admin), len(list(tmp_path.glob(".b.*")))) == (None, DAY, 1), out.read_text()
        process.send_signal(number)
        assert process.wait(60) == 130, out.read_text()
    finally:
        process.kill()
        process.wait()
    assert (window(admin), list(tmp_path.glob(".b.*")), (tmp_path / "b").read_text()) == (0, [], "the former one")
    assert "Traceback" not in out.read_text()


class OtherBackupEnds(monitoring.CommandListener):
    """At the first look at the notes the window is short again, and the snapshot gone."""

    def __init__(self, admin):
        self.admin, self.looks = admin, 0

    def started(self, event):
        if event.command.get("find") != "notes":
            return
        self.looks += 1
        if self.looks == 1:
            self.admin.command({"setParameter": 1, NAME: 0})
            for n in range(20):
                self.admin.client.leadlight.notes.update_many({}, {"$set": {"n": n}})
                time.sleep(0.1)

    def succeeded(self, event): ...
    def failed(self, event): ...


def test_a_backup_that_loses_its_snapshot_begins_anew(admin, settings, tmp_path):
    """As when another backup of the same server ends meanwhile."""
    admin.client.leadlight.first.replace_one({"_id": 1}, {"_id": 1}, upsert=True)  # read before the notes: it fixes the snapshot
    other = OtherBackupEnds(admin)
    monitoring.register(other)
    counts = backup(settings, tmp_path / "b", PHRASE, NOON)
    assert (other.looks >= 2, counts["notes"], list(tmp_path.glob(".b.*"))) == (True, 4, [])
