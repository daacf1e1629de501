"""Reading order: what is written now overtakes a backlog, and nothing is skipped."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.spool import layout, reader
from tracker.spool.file import SpoolFile
from workers.drain.positions import Cursors

BATCH = 10


@pytest.fixture
def file(tmp_path: Path):
    """A spool file that is being written."""
    written = SpoolFile(tmp_path)
    yield written
    written.close()


def rows(count: int) -> list[bytes]:
    return [layout.encode(Capture(id=f"{n:032x}", kind=CaptureKind.OPEN, workspace="", received=0, at=0)) for n in range(count)]


def read_one(cursors: Cursors, path: Path) -> list[int]:
    """Takes one batch; the sequence numbers."""
    batch, _ = cursors.next(path)
    numbers = [seq for seq, _ in batch]
    if numbers:
        cursors.took(path, numbers[-1])
    return numbers


def test_new_rows_are_read_before_a_backlog_and_every_row_in_the_end(file: SpoolFile, tmp_path: Path):
    """A hundred rows wait; one that comes now is read at once, and the hundred follow."""
    (path,) = layout.files(tmp_path)
    file.append(rows(100))
    cursors = Cursors(BATCH)
    first = read_one(cursors, path)
    file.append(rows(1))

    assert read_one(cursors, path) == [101]
    seen = {*first, 101}
    while more := read_one(cursors, path):
        seen |= set(more)
    assert set(range(1, 102)) == seen
    assert cursors.done(path) == 101
    assert cursors.waiting(path) == 0


def test_a_new_process_reads_again_from_the_backlogs_watermark(file: SpoolFile, tmp_path: Path):
    """What was read ahead moves no watermark: after a crash it is read once more, and nothing is skipped."""
    (path,) = layout.files(tmp_path)
    file.append(rows(100))
    cursors = Cursors(BATCH)
    read_one(cursors, path)
    file.append(rows(5))
    read_one(cursors, path)

    fresh = Cursors(BATCH)
    seen: set[int] = set()
    while more := read_one(fresh, path):
        seen |= set(more)
    assert set(range(11, 106)) <= seen


def test_a_small_wait_is_read_in_order(file: SpoolFile, tmp_path: Path):
    """Without a backlog rows come in the order they were written."""
    (path,) = layout.files(tmp_path)
    file.append(rows(12))
    cursors = Cursors(BATCH)
    assert list(range(1, 11)) == read_one(cursors, path)
    assert read_one(cursors, path) == [11, 12]


def test_steady_traffic_does_not_starve_a_backlog(file: SpoolFile, tmp_path: Path):
    """With new rows before every batch, every second batch is the backlog's."""
    (path,) = layout.files(tmp_path)
    file.append(rows(100))
    cursors = Cursors(BATCH)
    seen: set[int] = set()
    for _ in range(24):
        file.append(rows(2))
        seen |= set(read_one(cursors, path))
    assert set(range(1, 101)) <= seen


def test_a_commit_that_a_killed_writer_did_not_tell_of_is_read_too(file: SpoolFile, tmp_path: Path):
    """It is in the log, and no answer went out for it; but what is there counts, and is no damage."""
    (path,) = layout.files(tmp_path)
    file.append(rows(3))
    cursors = Cursors(BATCH)
    assert read_one(cursors, path) == [1, 2, 3]
    twin = tmp_path / "twin"
    for sidecar in ("", "-wal"):
        twin.with_name(f"twin{sidecar}").write_bytes(path.with_name(f"{path.name}{sidecar}").read_bytes())
    with closing(sqlite3.connect(twin, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("INSERT INTO rows(body) VALUES (?)", rows(1))
        layout.log_path(path).write_bytes(layout.log_path(twin).read_bytes())
    file._connection.close()
    assert read_one(cursors, path) == []
    cursors.finished(path)

    assert read_one(cursors, path) == [4]
    cursors.let_go(path)
    assert not reader.is_torn(path)


def test_files_kept_open_are_few_and_an_unlinked_one_is_let_go(tmp_path: Path):
    """A drain that has been away for long finds hundreds of files; a disk has room again only once nobody holds what was unlinked."""
    files = []
    for number in range(12):
        written = SpoolFile(tmp_path)
        written.append(rows(number + 1))
        written.close()
        files.append(written.path)
    cursors = Cursors(BATCH)
    for number, path in enumerate(files):
        assert read_one(cursors, path) == list(range(1, min(number + 1, BATCH) + 1))

    def held() -> set[str]:
        return {name for link in Path("/proc/self/fd").iterdir() if (name := read_link(link)).startswith(str(tmp_path))}

    assert len({name for name in held() if name.endswith(".db")}) == 8
    cursors.forget(files[-1])
    layout.unlink(files[-1])
    assert not any(files[-1].name in name for name in held())
    layout.unlink(files[-2])
    with pytest.raises(FileNotFoundError):
        cursors.next(files[-2])
    assert not any(files[-2].name in name for name in held())


def read_link(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
