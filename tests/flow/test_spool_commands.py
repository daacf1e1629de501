"""`leadlight spool retry` and `export`: quarantined rows return once; and doctor's check of the file system."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenes import NOON, make_scene
from tracker.base.settings import as_environment
from tracker.cli.main import main
from tracker.cli.startup_checks import filesystem
from tracker.spool import layout
from tracker.spool.file import write_rows
from workers.drain.process import Drain


@pytest.fixture
def run_spool(deps, monkeypatch, tmp_path, capsys):
    """Runs a command with the settings of this test; returns its output."""
    for name, value in as_environment(deps.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))

    def run(*words: str) -> str:
        capsys.readouterr()
        assert main(list(words)) == 0
        return capsys.readouterr().out

    return run


def drained(deps) -> None:
    drain = Drain(deps)
    while drain.step():
        pass


def test_quarantined_rows_are_drained_again(deps, run_spool):
    """A row of a workspace unknown to an older version, and a damaged file with readable rows."""
    scene = make_scene(deps)
    message = scene.message(scene.lead())
    good = [layout.encode(scene.open(message, NOON)) for _ in range(3)]
    deps.store.quarantine.add([("old:1", good[0], "bad_row"), ("old:2", b"{nonsense", "bad_row")], NOON)
    layout.quarantine(write_rows(deps.settings.spool_dir, good[1:]))

    exported = [json.loads(line) for line in run_spool("spool", "export", "--quarantined").splitlines()]
    assert [row["capture"]["kind"] for row in exported] == ["open", "open"]
    assert json.loads(run_spool("spool", "retry", "--json")) == {"rows_of_files": 2, "rows": 2}
    assert len(run_spool("spool", "export").splitlines()) == 4
    drained(deps)

    assert sum(event.kind == "open" for event in scene.store.events.latest()) == 3
    assert deps.store.quarantine.count() == 1
    status = json.loads(run_spool("spool", "status", "--json"))
    assert (status["waiting"], status["quarantined_files"]) == (0, 0)


def test_truncated_rows_do_not_block_others(deps, run_spool):
    """More than one batch behind truncated rows: every row is drained again, once."""
    long, now = b"x" * 2**16, deps.now()
    deps.store.quarantine.add([(f"long:{n}", long, "bad_row") for n in range(3)], now - timedelta(hours=1))
    deps.store.quarantine.add([(f"old:{n}", b"{nonsense", "bad_row") for n in range(1001)], now - timedelta(minutes=1))
    deps.store.quarantine.add([("new:1", b"{nonsense", "bad_row")], now + timedelta(hours=1))  # as the drain does

    assert len(deps.store.quarantine.oldest(2, before=now)) == 2
    assert json.loads(run_spool("spool", "retry", "--json")) == {"rows_of_files": 0, "rows": 1001}
    assert deps.store.quarantine.count() == 4
    assert json.loads(run_spool("spool", "retry", "--json")) == {"rows_of_files": 0, "rows": 0}


def test_an_export_lists_waiting_rows_and_changes_nothing(deps, run_spool):
    """One JSON object per line, also for rows that are not events."""
    scene = make_scene(deps)
    body = layout.encode(scene.open(scene.message(scene.lead()), NOON))
    write_rows(deps.settings.spool_dir, [body, b"\xff{"])

    first, second = (json.loads(line) for line in run_spool("spool", "export").splitlines())
    assert (first["capture"], first["seq"], second["raw"]) == (json.loads(body), 1, "/3s=")
    status = json.loads(run_spool("spool", "status", "--json"))
    (file,) = layout.files(deps.settings.spool_dir)
    assert status["waiting"] == 2
    assert status["files"][0]["bytes"] == file.stat().st_size + layout.log_path(file).stat().st_size > len(body)


MOUNTS = "/dev/sda1 / ext4 rw 0 0\nserver:/x /srv/share nfs4 rw 0 0\n//nas/y /mnt/with\\040space cifs rw 0 0\nbucket /mnt/s3 fuse.s3fs rw 0 0\ntmpfs /srv/share/local tmpfs rw 0 0\n"


@pytest.mark.parametrize(
    ("folder", "level"),
    [
        ("/var/leadlight", "ok"),
        ("/srv/share/data", "fail"),
        ("/srv/share/local/data", "ok"),
        ("/mnt/with space/d", "fail"),
        ("/mnt/s3", "fail"),
        ("/srv", "ok"),
    ],
)
def test_a_spool_on_a_network_filesystem_is_refused(folder, level):
    """SQLite's locks do not hold there: two drains would take the same file, or none."""
    assert filesystem("DATA", Path(folder), MOUNTS).level == level
