"""Read positions: new rows are read before a backlog, and no row is skipped."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.spool import layout, reader
from tracker.spool.file import SpoolFile
from workers.drain.positions import ReadPositions

BATCH = 10


@pytest.fixture
def file(tmp_path: Path):
    """A spool file that is being written."""
    written = SpoolFile(tmp_path)
    yield written
    written.close()


def rows(count: int) -> list[bytes]:
    return [layout.encode(Capture(id=f"{n:032x}", kind=CaptureKind.OPEN, workspace="", received=0, at=0)) for n in range(count)]


def read_one(positions: ReadPositions, path: Path) -> list[int]:
    """Reads one batch; returns its sequence numbers."""
    batch, _ = positions.next_rows(path)
    numbers = [seq for seq, _ in batch]
    if numbers:
        positions.advance(path, numbers[-1])
    return numbers


def test_new_rows_are_read_before_a_backlog_and_every_row_in_the_end(file: SpoolFile, tmp_path: Path):
    """A hundred rows wait; a new one is read at once, and the hundred follow."""
    (path,) = layout.files(tmp_path)
    file.append(rows(100))
    positions = ReadPositions(BATCH)
    first = read_one(positions, path)
    file.append(rows(1))

    assert read_one(positions, path) == [101]
    seen = {*first, 101}
    while more := read_one(positions, path):
        seen |= set(more)
    assert set(range(1, 102)) == seen
    assert positions.stored(path) == 101
    assert positions.waiting(path) == 0


def test_a_new_process_reads_again_from_the_backlogs_watermark(file: SpoolFile, tmp_path: Path):
    """Rows behind the backlog move no watermark: after a crash they are read again, and no row is skipped."""
    (path,) = layout.files(tmp_path)
    file.append(rows(100))
    positions = ReadPositions(BATCH)
    read_one(positions, path)
    file.append(rows(5))
    read_one(positions, path)

    other = ReadPositions(BATCH)
    seen: set[int] = set()
    while more := read_one(other, path):
        seen |= set(more)
    assert set(range(11, 106)) <= seen


def test_a_small_wait_is_read_in_order(file: SpoolFile, tmp_path: Path):
    """Without a backlog rows come in the order they were written."""
    (path,) = layout.files(tmp_path)
    file.append(rows(12))
    positions = ReadPositions(BATCH)
    assert list(range(1, 11)) == read_one(positions, path)
    assert read_one(positions, path) == [11, 12]


def test_steady_traffic_does_not_starve_a_backlog(file: SpoolFile, tmp_path: Path):
    """With new rows before every batch, every second batch is the backlog's."""
    (path,) = layout.files(tmp_path)
    file.append(rows(100))
    positions = ReadPositions(BATCH)
    seen: set[int] = set()
    for _ in range(24):
        file.append(rows(2))
        seen |= set(read_one(positions, path))
    assert set(range(1, 101)) <= seen


def test_the_last_commit_of_a_killed_writer_is_read_too(file: SpoolFile, tmp_path: Path):
    """It is complete in the log, but not in SQLite's index. It is read, and it is no damage."""
    (path,) = layout.files(tmp_path)
    file.append(rows(3))
    positions = ReadPositions(BATCH)
    assert read_one(positions, path) == [1, 2, 3]
    twin = tmp_path / "twin"
    for sidecar in ("", "-wal"):
        twin.with_name(f"twin{sidecar}").write_bytes(path.with_name(f"{path.name}{sidecar}").read_bytes())
    with closing(sqlite3.connect(twin, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("INSERT INTO rows(body) VALUES (?)", rows(1))
        layout.log_path(path).write_bytes(layout.log_path(twin).read_bytes())
    file._connection.close()
    assert read_one(positions, path) == []
    positions.finish(path)

    assert read_one(positions, path) == [4]
    positions.close(path)
    assert not reader.has_unread_commits(path)


def test_few_files_are_kept_open_and_an_unlinked_one_is_closed(tmp_path: Path):
    """After an outage the drain finds hundreds of files; the disk space of an unlinked file is free once it is closed."""
    files = []
    for number in range(12):
        written = SpoolFile(tmp_path)
        written.append(rows(number + 1))
        written.close()
        files.append(written.path)
    positions = ReadPositions(BATCH)
    for number, path in enumerate(files):
        assert read_one(positions, path) == list(range(1, min(number + 1, BATCH) + 1))

    def open_files() -> set[str]:
        return {name for link in Path("/proc/self/fd").iterdir() if (name := read_link(link)).startswith(str(tmp_path))}

    assert len({name for name in open_files() if name.endswith(".db")}) == 8
    positions.forget(files[-1])
    layout.unlink(files[-1])
    assert not any(files[-1].name in name for name in open_files())
    layout.unlink(files[-2])
    with pytest.raises(FileNotFoundError):
        positions.next_rows(files[-2])
    assert not any(files[-2].name in name for name in open_files())


def read_link(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
