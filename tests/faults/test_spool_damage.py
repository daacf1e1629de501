"""F11: a spool file is damaged: it is set aside, what can be read of it is kept, and the drain goes on."""

import contextlib
import os
import random
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.spool import layout
from tracker.spool.file import SpoolFile
from workers.drain.process import Drain

ROWS = 400


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


@pytest.fixture
def bodies(scene: Scene) -> list[bytes]:
    """Rows of a spool: opens of one message, each a millisecond after the one before."""
    message = scene.message(scene.lead())
    return [layout.encode(scene.open(message, NOON + timedelta(milliseconds=n))) for n in range(ROWS)]


@pytest.fixture
def being_written(deps: Deps, bodies: list[bytes]) -> Iterator[SpoolFile]:
    """A file as the edge holds it: everything in its log, one commit a row."""
    file = SpoolFile(deps.settings.spool_dir)
    for body in bodies:
        file.append([body])
    yield file
    file.close()


def killed(file: SpoolFile) -> Path:
    """The same file as a killed edge leaves it: a copy without a lock."""
    copy = file.path.with_name("0killed.db")
    for sidecar in ("", "-wal"):
        copy.with_name(copy.name + sidecar).write_bytes(file.path.with_name(file.path.name + sidecar).read_bytes())
    return copy


def only(file: SpoolFile) -> None:
    """Takes the file that is not damaged out of the way."""
    for path in file.path.parent.glob(f"{file.path.name}*"):
        path.unlink()


def drained(deps: Deps) -> Drain:
    """Everything that can be taken in is."""
    drain = Drain(deps)
    while drain.step():
        pass
    return drain


def stored(scene: Scene) -> int:
    return scene.deps.store.database.events.count_documents({"k": "open"})


def test_a_page_of_a_finished_file_is_spoiled(deps: Deps, scene: Scene, bodies: list[bytes]):
    """The rows before and behind the spoiled page are kept, the file is set aside."""
    file = SpoolFile(deps.settings.spool_dir)
    file.append(bodies[:200])
    file.append(bodies[200:])
    file._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    with file.path.open("r+b") as raw:
        raw.seek(4096 * (file.path.stat().st_size // 4096 // 2))
        raw.write(os.urandom(4096))
    drained(deps)

    assert ROWS * 0.8 < stored(scene) < ROWS
    assert (deps.settings.spool_dir / "quarantine" / file.path.name).exists()
    assert layout.files(deps.settings.spool_dir) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_sector_of_a_finished_file_is_spoiled(deps: Deps, scene: Scene, bodies: list[bytes], seed: int):
    """Nulls, or a few bytes, where a row says what it is made of: SQLite notices nothing, and returns a row that is not one."""
    some = random.Random(seed)
    file = SpoolFile(deps.settings.spool_dir)
    file.append(bodies)
    file.close()
    with contextlib.closing(sqlite3.connect(file.path)) as tool:  # as any tool does that looks into it: what is in the log moves
        tool.execute("SELECT count(*) FROM rows").fetchone()
    with file.path.open("r+b") as raw:
        raw.seek(8192 + some.randrange(file.path.stat().st_size // 512 - 17) * 512)
        raw.write(some.choice([bytes(512), some.randbytes(64)]))
    scene.captures.clear()
    scene.open(scene.message(scene.lead("Omar Reed")), NOON)
    scene.spool()
    drained(deps)

    assert ROWS * 0.8 < stored(scene) <= ROWS + 1
    assert layout.files(deps.settings.spool_dir) == []


FOREIGN = {
    "no-body": ("CREATE TABLE rows(seq INTEGER PRIMARY KEY, body)", (1, None)),
    "number": ("CREATE TABLE rows(seq INTEGER PRIMARY KEY, body)", (1, 1.5)),
    "no-utf-8": ("CREATE TABLE rows(seq INTEGER PRIMARY KEY, body TEXT)", (1, b"\xff")),
    "no-sequence": ("CREATE TABLE rows(seq TEXT, body)", ("a", b"{}")),
    "no-number": ("CREATE TABLE rows(seq REAL, body)", (1.5, b"{}")),
    "other-columns": ("CREATE TABLE rows(body, more)", (b"{}", 1)),
    "too-long": ("CREATE TABLE rows(seq INTEGER PRIMARY KEY, body BLOB)", (1, b" " * 17_000_000)),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_database_that_is_no_spool_stops_nobody(deps: Deps, scene: Scene, bodies: list[bytes], name: str):
    """Somebody's, with a table of the same name."""
    schema, row = FOREIGN[name]
    deps.settings.spool_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(deps.settings.spool_dir / "0000.db")) as foreign, foreign:
        foreign.execute(schema)
        foreign.execute("INSERT INTO rows VALUES (?, CAST(? AS TEXT))" if name == "no-utf-8" else "INSERT INTO rows VALUES (?, ?)", row)
    scene.spool()
    drain = Drain(deps)
    for _ in range(8):
        drain.step()

    assert stored(scene) == ROWS


def test_what_stood_beside_a_file_that_is_gone_is_removed(deps: Deps, being_written: SpoolFile, bodies: list[bytes]):
    """As a drain leaves it that was killed while it put a file away; files that are there keep everything."""
    file = SpoolFile(deps.settings.spool_dir)
    file.append(bodies)
    file.close()
    layout.Watermarks().set(file.path, ROWS)
    file.path.unlink()
    layout.clear(deps.settings.spool_dir)

    left = {path.name for path in deps.settings.spool_dir.iterdir()}
    assert {name for name in left if name.startswith(file.path.name)} <= {f"{file.path.name}.lock"}
    assert left >= {being_written.path.name + part for part in ("", "-wal", "-shm", ".lock")}


@pytest.mark.parametrize("mark", ["9" * 30, "-5", "none"])
def test_a_spoiled_watermark_only_means_that_rows_are_read_again(deps: Deps, scene: Scene, bodies: list[bytes], mark: str):
    """They are the same events."""
    scene.spool()
    (file,) = layout.files(deps.settings.spool_dir)
    file.with_name(f"{file.name}.mark").write_text(mark)
    drained(deps)

    assert stored(scene) == ROWS


def test_the_log_of_a_killed_edge_is_cut_short(deps: Deps, scene: Scene, being_written: SpoolFile):
    """A torn tail was never answered: what is whole is kept, and there is nothing to alarm anybody about."""
    file = killed(being_written)
    only(being_written)
    log = file.with_name(f"{file.name}-wal")
    os.truncate(log, log.stat().st_size - 3000)
    drained(deps)

    assert stored(scene) == ROWS - 1
    assert not (deps.settings.spool_dir / "quarantine").exists()
    assert layout.files(deps.settings.spool_dir) == []


def test_a_frame_in_the_middle_of_the_log_is_spoiled(deps: Deps, scene: Scene, being_written: SpoolFile):
    """SQLite ends its reading there without a word: the rows behind are kept all the same, and the file set aside."""
    file = killed(being_written)
    only(being_written)
    log = file.with_name(f"{file.name}-wal")
    with log.open("r+b") as raw:
        raw.seek(log.stat().st_size // 2)
        raw.write(os.urandom(64))
    drained(deps)

    assert stored(scene) == ROWS  # each commit wrote the same page again
    assert (deps.settings.spool_dir / "quarantine" / file.name).exists()
    assert layout.files(deps.settings.spool_dir) == []


@pytest.mark.parametrize("junk", [b"", b"not a database at all, though it is long enough to be looked at " * 20], ids=["empty", "junk"])
def test_a_file_that_is_none_stops_nobody(deps: Deps, scene: Scene, bodies: list[bytes], junk: bytes):
    """Whatever lies there, the files beside it are drained."""
    deps.settings.spool_dir.mkdir(parents=True, exist_ok=True)
    (deps.settings.spool_dir / "0000.db").write_bytes(junk)
    scene.spool()
    drained(deps)

    assert stored(scene) == ROWS
    assert layout.files(deps.settings.spool_dir) == []


def test_a_damaged_file_that_is_still_written_to_is_never_moved_away(deps: Deps, scene: Scene, bodies: list[bytes]):
    """The edge goes on answering out of it; it is set aside when the edge has given it up, and nothing readable is lost."""
    old = SpoolFile(deps.settings.spool_dir)
    old.append(bodies[:200])
    old.append(bodies[200:300])
    old._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with old.path.open("r+b") as raw:
        raw.seek(4096 * (old.path.stat().st_size // 4096 // 2))
        raw.write(os.urandom(4096))
    drain = drained(deps)
    before = stored(scene)
    old.append(bodies[300:])

    assert old.path.exists()
    old.close()
    while drain.step():
        pass
    assert stored(scene) >= before + 100
    assert (deps.settings.spool_dir / "quarantine" / old.path.name).exists()


def test_a_file_that_cannot_be_read_just_now_waits(deps: Deps, scene: Scene, bodies: list[bytes]):
    """An error that passes is no damage: nothing is moved, nothing thrown away."""
    file = SpoolFile(deps.settings.spool_dir)
    file.append(bodies)
    file.close()
    raw = file.path.read_bytes()
    file.path.unlink()
    file.path.mkdir()
    drained(deps)
    assert stored(scene) == 0
    file.path.rmdir()
    file.path.write_bytes(raw)
    drained(deps)

    assert stored(scene) == ROWS
