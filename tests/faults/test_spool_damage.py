"""F11: a spool file is damaged: every row that SQLite can read is stored, the file is quarantined, and the drain goes on."""

import contextlib
import logging
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.spool import layout, reader
from tracker.spool.file import SpoolFile
from workers.drain.process import Drain

ROWS = 400
Reported = Callable[[], tuple[float, list[tuple[str, int]]]]


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


@pytest.fixture
def bodies(scene: Scene) -> list[bytes]:
    """Spool rows: opens of one message, a millisecond apart."""
    message = scene.message(scene.lead())
    return [layout.encode(scene.open(message, NOON + timedelta(milliseconds=n))) for n in range(ROWS)]


@pytest.fixture
def being_written(deps: Deps, bodies: list[bytes]) -> Iterator[SpoolFile]:
    """A file in use by the edge: everything in its log, one commit per row."""
    file = SpoolFile(deps.settings.spool_dir)
    for body in bodies:
        file.append([body])
    yield file
    file.close()


def killed(file: SpoolFile) -> Path:
    """The file as a killed edge leaves it: a copy without a lock."""
    copy = file.path.with_name("0killed.db")
    for sidecar in ("", "-wal"):
        copy.with_name(copy.name + sidecar).write_bytes(file.path.with_name(file.path.name + sidecar).read_bytes())
    return copy


def remove(file: SpoolFile) -> None:
    """Removes the original, so that only the copy is drained."""
    for path in file.path.parent.glob(f"{file.path.name}*"):
        path.unlink()


def drained(deps: Deps) -> Drain:
    """Drains until nothing is left."""
    drain = Drain(deps)
    while drain.step():
        pass
    return drain


def stored(scene: Scene) -> int:
    return scene.deps.store.database.events.count_documents({"k": "open"})


def quarantined(deps: Deps) -> dict[str, int]:
    """The files in quarantine with their sizes, logs included."""
    folder = deps.settings.spool_dir / "quarantine"
    return {path.name: path.stat().st_size for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture
def reported(caplog: pytest.LogCaptureFixture) -> Reported:
    """What an operator sees since the start of the test: the metric, and the log lines' files and rows."""
    name = "leadlight_spool_quarantined_files_total"
    before = REGISTRY.get_sample_value(name) or 0.0
    caplog.set_level(logging.ERROR)

    def read() -> tuple[float, list[tuple[str, int]]]:
        lines = [vars(record) for record in caplog.records if record.message == "spool file quarantined"]
        return (REGISTRY.get_sample_value(name) or 0.0) - before, [(line["file"], line["rows_saved"]) for line in lines]

    return read


def test_a_page_of_a_finished_file_is_damaged(deps: Deps, scene: Scene, bodies: list[bytes], reported: Reported):
    """The rows before and after the damaged page are stored, and the file is quarantined."""
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
    assert file.path.name in quarantined(deps)
    assert reported() == (1, [(file.path.name, stored(scene))])
    assert layout.files(deps.settings.spool_dir) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_sector_of_a_finished_file_is_damaged(deps: Deps, scene: Scene, bodies: list[bytes], seed: int):
    """Nulls or random bytes in the header of a row: SQLite reports no error and returns an invalid row."""
    some = random.Random(seed)
    file = SpoolFile(deps.settings.spool_dir)
    file.append(bodies)
    file.close()
    with contextlib.closing(sqlite3.connect(file.path)) as tool:  # as any tool that opens the file: the log is checkpointed
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
def test_a_database_that_is_no_spool_file_does_not_stop_the_others(deps: Deps, scene: Scene, bodies: list[bytes], name: str):
    """A foreign database with a table of the same name."""
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


def test_sidecars_without_a_file_are_removed(deps: Deps, being_written: SpoolFile, bodies: list[bytes]):
    """A drain that is killed while it removes a file leaves them; existing files keep their sidecars."""
    file = SpoolFile(deps.settings.spool_dir)
    file.append(bodies)
    file.close()
    layout.Watermarks().set(file.path, ROWS)
    file.path.unlink()
    layout.remove_orphaned_sidecars(deps.settings.spool_dir)

    left = {path.name for path in deps.settings.spool_dir.iterdir()}
    assert {name for name in left if name.startswith(file.path.name)} <= {f"{file.path.name}.lock"}
    assert left >= {being_written.path.name + part for part in ("", "-wal", "-shm", ".lock")}


@pytest.mark.parametrize("mark", ["9" * 30, "-5", "none"])
def test_after_an_invalid_watermark_rows_are_read_again(deps: Deps, scene: Scene, bodies: list[bytes], mark: str):
    """They become the same events."""
    scene.spool()
    (file,) = layout.files(deps.settings.spool_dir)
    file.with_name(f"{file.name}.mark").write_text(mark)
    drained(deps)

    assert stored(scene) == ROWS


def test_the_log_of_a_killed_edge_is_cut_short(deps: Deps, scene: Scene, being_written: SpoolFile, reported: Reported):
    """A partial last commit was never reported as safe: the whole ones are stored, and nothing is reported."""
    file = killed(being_written)
    remove(being_written)
    log = file.with_name(f"{file.name}-wal")
    os.truncate(log, log.stat().st_size - 3000)
    drained(deps)

    assert stored(scene) == ROWS - 1
    assert quarantined(deps) == {}
    assert reported() == (0, [])
    assert layout.files(deps.settings.spool_dir) == []


@pytest.mark.parametrize("damage", [os.urandom(64), bytes(4_200)], ids=["random", "nulls"])
def test_a_frame_in_the_middle_of_the_log_is_damaged(deps: Deps, scene: Scene, being_written: SpoolFile, reported: Reported, damage: bytes):
    """SQLite ends there without an error: the rows before are stored, and the whole log is kept in quarantine."""
    file = killed(being_written)
    remove(being_written)
    log = file.with_name(f"{file.name}-wal")
    with log.open("r+b") as raw:
        raw.seek(log.stat().st_size // 2)
        raw.write(damage)
    size, readable = log.stat().st_size, reader.last_seq(file)
    drained(deps)

    assert ROWS * 0.3 < readable < ROWS
    assert stored(scene) == readable
    assert quarantined(deps)[log.name] == size
    assert reported() == (1, [(file.name, 0)])
    assert layout.files(deps.settings.spool_dir) == []


@pytest.mark.parametrize("junk", [b"", b"not a database at all, though it is long enough to be looked at " * 20], ids=["empty", "junk"])
def test_a_file_that_is_no_database_does_not_stop_the_others(deps: Deps, scene: Scene, bodies: list[bytes], junk: bytes):
    """The files beside it are drained."""
    deps.settings.spool_dir.mkdir(parents=True, exist_ok=True)
    (deps.settings.spool_dir / "0000.db").write_bytes(junk)
    scene.spool()
    drained(deps)

    assert stored(scene) == ROWS
    assert layout.files(deps.settings.spool_dir) == []


def test_a_damaged_file_in_use_is_not_moved(deps: Deps, scene: Scene, bodies: list[bytes]):
    """The edge still writes to it. It is quarantined once the edge has closed it, and no readable row is lost."""
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
    assert old.path.name in quarantined(deps)


def test_a_file_that_cannot_be_read_now_is_read_later(deps: Deps, scene: Scene, bodies: list[bytes]):
    """A temporary error is no damage: no file is moved or removed."""
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
