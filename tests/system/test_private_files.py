"""All files of a running Leadlight are private to its user, including readable ones of an older version."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.system.stack import Stack, running_stack
from tracker.base.settings import load


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """With the DATA folder of an older version: readable files, and a mongod log with slow queries."""
    data = tmp_path / "var"
    (data / "log").mkdir(parents=True)
    (data / "demo").mkdir()
    for name in ("log/mongod.log", "log/mongod.log.1", "log/edge.log", "demo/mail.eml"):
        (data / name).write_text("Slow query dana@acme.example\n")
        (data / name).chmod(0o644)
    (data / "demo").chmod(0o755)
    data.chmod(0o755)
    return {"DATA": str(data), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull, "LEADLIGHT_PASSPHRASE": "lantern harbor quilt"}


def loose(folder: Path) -> list[str]:
    """Files with any permission for group or others."""
    found = []
    for path in (folder, *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISLNK(mode) and mode & 0o077:
            found.append(f"{stat.filemode(mode)} {path}")
    return found


def test_nothing_can_be_read_by_others(environ: dict[str, str], tmp_path: Path):
    """Databases, spool, logs, keys, metrics, locks and sockets, after a start, a backup and a rotation; no old query stays in a log."""
    data, before = Path(environ["DATA"]), os.umask(0)
    try:
        with running_stack(environ) as stack:
            stack.wait_ready()
            assert stack.command("backup", str(tmp_path / "b")).returncode == 0
            rotated = stack.command("keys", "rotate", "--secrets", "--json")
            assert (rotated.returncode, json.loads(rotated.stdout)) == (0, {"records": 0, "type_again": []}), rotated.stderr
            check(stack, data, environ)
    finally:
        os.umask(before)
    assert loose(data) == []


def check(stack: Stack, data: Path, environ: dict[str, str]) -> None:
    assert [*loose(data), *loose(load(environ).run_dir)] == []
    names = {path.name for path in data.rglob("*")}
    assert {"secrets.json", "signing.json", "WiredTiger.wt", "edge.log", "mongod.log", "policy.json"} <= names
    assert "dana@acme.example" not in "".join(path.read_text() for path in (data / "log").glob("mongod.log*"))
    doctor = stack.command("doctor")
    assert (doctor.returncode, "can be decrypted" in doctor.stdout) == (0, True), doctor.stdout
