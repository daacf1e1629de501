"""`backup`, `restore` and `upgrade` interrupted while they run the databases themselves: they stop soon and cleanly."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.system.stack import ROOT, Stack, is_alive, wait_for
from tracker.base.settings import load
from tracker.links.keys import Keys

PHRASE = "lantern harbor quilt"
BOTH = pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])


class Command:
    """A running `leadlight` command, without a running Leadlight."""

    def __init__(self, environ: dict[str, str], *words: str) -> None:
        self.settings = load(environ)
        self._out = Path(environ["DATA"]).with_suffix(".out")
        command = [sys.executable, "-m", "tracker.cli.main", *words]
        with self._out.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **environ}, stdout=out, stderr=out, start_new_session=True
            )

    def output(self) -> str:
        return self._out.read_text("utf-8")

    def interrupt(self, number: signal.Signals) -> None:
        """It ends with its servers, without a traceback."""
        noted = json.loads((self.settings.data / "run" / "ps.json").read_text())
        assert self.process.poll() is None, self.output()
        self.process.send_signal(number)
        assert self.process.wait(60) == 130, self.output()
        assert [row["name"] for row in noted if is_alive(row["pid"])] == []
        assert (self.settings.run_dir.exists(), "Traceback" in self.output()) == (False, False), self.output()


@contextlib.contextmanager
def started(environ: dict[str, str], *words: str) -> Iterator[Command]:
    command = Command(environ, *words)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait()


def run_command(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    made = Stack.__new__(Stack)
    made.environ = {**os.environ, **environ}
    return made.command(*words)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    made = {"DATA": str(tmp_path / "var"), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull, "LEADLIGHT_PASSPHRASE": PHRASE}
    Keys.load(load(made).signing_keys_file)
    return made


@BOTH
def test_a_backup_leaves_what_was_there(environ: dict[str, str], tmp_path: Path, number: signal.Signals):
    """It waits for its keys, which come from a pipe without a writer."""
    file, pipe = tmp_path / "b", tmp_path / "keys"
    file.write_text("the former one")
    os.mkfifo(pipe)
    with started(environ | {"SIGNING_KEYS_FILE": str(pipe)}, "backup", str(file)) as command:
        wait_for(lambda: list(tmp_path.glob(".b.*")) != [] or command.process.poll() is not None, command.output)
        command.interrupt(number)
    assert (list(tmp_path.glob(".b.*")), file.read_text()) == ([], "the former one")


def _write_twice(pipe: Path, data: bytes) -> None:
    """For a reader that first looks only at the head. The second copy begins once the reader closed the first, or it would be lost with it."""
    with contextlib.suppress(BrokenPipeError), pipe.open("wb", buffering=0) as first:
        first.write(data)
        closed = select.poll()
        closed.register(first, 0)  # reports the error of a pipe without reader
        closed.poll()
    pipe.write_bytes(data)


def test_a_restore_leaves_its_mark(environ: dict[str, str], tmp_path: Path):
    """It waits at the second pass over the backup. Other commands refuse to run until the restore is repeated."""
    file, pipe = tmp_path / "b", tmp_path / "pipe"
    made = run_command(environ, "backup", str(file))
    assert made.returncode == 0, made.stderr
    good, data = file.read_bytes(), Path(environ["DATA"])
    shutil.rmtree(data)
    os.mkfifo(pipe)
    with started(environ, "restore", str(pipe)) as command:
        writer = threading.Thread(target=_write_twice, args=(pipe, good), daemon=True)
        writer.start()
        mark = data / "restore-unfinished"
        wait_for(lambda: mark.exists() or command.process.poll() is not None, command.output)
        command.interrupt(signal.SIGTERM)
        assert (mark.exists(), "until it is repeated" in command.output()) == (True, True)

    for words in (("backup", str(file)), ("upgrade",), ("keys", "rotate")):
        refused = run_command(environ, *words)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
        assert "repeat it" in refused.stderr
    assert file.read_bytes() == good
    repeated = run_command(environ, "restore", str(file))
    assert (repeated.returncode, mark.exists()) == (0, False), repeated.stderr


def test_an_upgrade_that_waits_for_its_servers_stops(environ: dict[str, str]):
    """MongoDB cannot start here, and is tried again for a minute."""
    (Path(environ["DATA"]) / "mongo" / "mongod.lock").mkdir(parents=True)
    with started(environ, "upgrade") as command:
        wait_for(lambda: "mongod ended" in command.output() or command.process.poll() is not None, command.output)
        command.interrupt(signal.SIGINT)
