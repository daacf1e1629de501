"""Each command reports an operator or disk error in one line, with exit code 1 and without a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.ports import free_ports
from tests.system.stack import ROOT, wait_for
from tracker.base.errors import LeadlightError
from tracker.base.settings import load
from tracker.spool.file import write_rows
from tracker.supervise.leftovers import end_leftovers
from tracker.supervise.procfile import read_procfile

FULL = Path("/dev/full")


def refused(*words: str, data: Path, out: Path = Path(os.devnull), **environ: str) -> str:
    """The last line of a command's output: its only error message."""
    with out.open("w") as stdout:
        found = subprocess.run(
            [sys.executable, "-m", "tracker.cli.main", *words],
            cwd=ROOT,
            env={**os.environ, "DATA": str(data), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull, **environ},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    assert "Traceback" not in found.stderr
    assert "Exception ignored" not in found.stderr
    assert found.returncode == 1, found
    *before, last = found.stderr.splitlines()
    assert all(line[:2] in ("1/", "2/", "3/", "4/") for line in before), found.stderr
    assert last.startswith("leadlight: ")
    return last


@pytest.mark.parametrize("words", [("doctor",), ("spool", "status"), ("spool", "export"), ("spool", "export", "--quarantined"), ("up",)])
def test_an_unreadable_data_folder(words: tuple[str, ...], tmp_path: Path) -> None:
    """An unreadable spool is not reported as empty. A too long name fails for root too."""
    assert "File name too long" in refused(*words, data=tmp_path / ("x" * 300))


def test_a_spool_that_is_no_folder(tmp_path: Path) -> None:
    """It is not reported as empty."""
    (tmp_path / "spool").touch()

    assert refused("spool", "status", data=tmp_path) == f"leadlight: {tmp_path / 'spool'}: Not a directory"


def test_a_settings_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Defaults are not used instead."""
    assert refused("doctor", data=tmp_path, LEADLIGHT_CONFIG=str(tmp_path)) == f"leadlight: {tmp_path}: cannot be read (Is a directory)"


def test_a_data_folder_in_a_circle_of_links(tmp_path: Path) -> None:
    """The message names the setting."""
    (tmp_path / "one").symlink_to(tmp_path / "one")

    assert refused("spool", "status", data=tmp_path / "one").startswith("leadlight: DATA: ")


def test_a_lock_that_cannot_be_opened(tmp_path: Path) -> None:
    """The line names the file."""
    (tmp_path / "run" / "up.lock").mkdir(parents=True)

    assert refused("up", data=tmp_path) == f"leadlight: {tmp_path / 'run' / 'up.lock'}: Is a directory"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"edge: echo 'x\n", "line 1 is not a valid command"),
        (b"edge: \xff\n", "is not UTF-8 text"),
    ],
    ids=["missing", "open quote", "no text"],
)
def test_an_invalid_procfile(tmp_path: Path, written: bytes | None, expected: str) -> None:
    """Reported before anything starts."""
    procfile = tmp_path / "Procfile"
    if written is not None:
        procfile.write_bytes(written)

    with pytest.raises(LeadlightError, match="Procfile") as caught:
        read_procfile(procfile)
    assert expected in str(caught.value)
    assert expected in refused("up", "--procfile", str(procfile), data=tmp_path / "var")


@pytest.mark.parametrize(
    "note",
    [
        '{"a": 1}',
        "5",
        "null",
        '["edge"]',
        "[{}]",
        '[{"name": "edge", "pid": -1, "started": null, "stage": 0}]',
        "[" * 100_000,
        "{",
        "\udcff",
    ],
)
def test_a_foreign_process_list_is_ignored(tmp_path: Path, note: str) -> None:
    """For any content, the next start continues without it."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "ps.json").write_text(note, "utf-8", "surrogateescape")

    assert end_leftovers(tmp_path / "run" / "ps.json") == []


@pytest.mark.parametrize("words", [("spool", "status"), ("spool", "status", "--json"), ("spool", "export")])
def test_stdout_on_a_full_disk(words: tuple[str, ...], tmp_path: Path) -> None:
    """A partial result must not look complete."""
    write_rows(tmp_path / "spool", [json.dumps({"n": n}).encode() for n in range(3)])

    assert refused(*words, data=tmp_path, out=FULL) == "leadlight: stdout: No space left on device"


def test_a_full_stdout_ends_no_start(tmp_path: Path) -> None:
    """The sign-in link cannot be printed; the edge serves requests nevertheless."""
    environ = {"DATA": str(tmp_path / "var"), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull}
    edge, said = f"{load(environ, tmp_path / 'none').edge_url}/healthz", tmp_path / "said"
    with FULL.open("w") as out, said.open("w") as told:
        up = subprocess.Popen(
            [sys.executable, "-m", "tracker.cli.main", "up"], cwd=ROOT, env={**os.environ, **environ}, stdout=out, stderr=told
        )
    try:
        wait_for(lambda: "written to stdout" in said.read_text() or up.poll() is not None, said.read_text)
        wait_for(lambda: httpx.get(edge, timeout=60).status_code == 200 or up.poll() is not None, said.read_text)
        assert up.poll() is None, said.read_text()
    finally:
        up.terminate()
        up.wait(60)
    assert "Traceback" not in said.read_text()
