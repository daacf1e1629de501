"""Commands for hosts of a cluster: wait for the spool before a host goes, and make the keys that hosts share."""

import fcntl
import json
import os
import threading

import pytest

from tracker.base.encryption import keyring_file
from tracker.cli.main import main
from tracker.links.keys import Keys
from tracker.spool import layout
from tracker.spool.file import write_rows


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs a command on a DATA folder of its own; returns exit code and result."""
    monkeypatch.setenv("DATA", str(tmp_path))
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))

    def command(*words: str) -> tuple[int, dict]:
        capsys.readouterr()
        code = main([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return command


def test_a_host_waits_until_its_spool_is_empty(run, tmp_path):
    """Not before the edge has let go of its file, and not before the drain has stored the rows."""
    assert run("spool", "wait", "--seconds", "0") == (0, {"waiting": 0, "files_in_use": 0, "is_empty": True})
    file = write_rows(tmp_path / "spool", [b"{}", b"{}"])
    lock = os.open(layout.lock_path(file), os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)

    assert run("spool", "wait", "--seconds", "0") == (1, {"waiting": 2, "files_in_use": 1, "is_empty": False})
    layout.Watermarks().set(file, 2)
    assert run("spool", "wait", "--seconds", "0") == (1, {"waiting": 0, "files_in_use": 1, "is_empty": False})
    timer = threading.Timer(0.3, os.close, (lock,))
    timer.start()
    assert run("spool", "wait", "--seconds", "30") == (0, {"waiting": 0, "files_in_use": 0, "is_empty": True})
    timer.join()


def test_keys_are_made_once(run, tmp_path):
    """Four private files; a second run changes none."""
    code, made = run("keys", "make")
    files = {name: (tmp_path / "keys" / name).read_bytes() for name in ("signing.json", "secrets.json", "push.pem", "recovery.json")}

    assert (code, {path.rsplit("/", 1)[1] for path in made["files"]}) == (0, files.keys())
    assert {oct((tmp_path / "keys" / name).stat().st_mode & 0o777) for name in files} == {"0o600"}
    assert run("keys", "make") == (code, made)
    assert {name: (tmp_path / "keys" / name).read_bytes() for name in files} == files
    assert Keys.load(tmp_path / "keys" / "signing.json").derived(b"x")
    assert len(keyring_file.read(tmp_path / "keys" / "secrets.json")) == 1
