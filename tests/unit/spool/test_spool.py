"""The spool: committed rows survive the process that wrote them."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.project import ROOT
from tracker.base.errors import Malformed
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.spool import file as spool_file
from tracker.spool import layout, reader
from tracker.spool.file import SpoolFile, write_file
from tracker.spool.group_commit import NotCommitted
from tracker.spool.quota import LEAST_BYTES, Quota
from tracker.spool.writer import Writer


def made(number: int = 0) -> Capture:
    return Capture(id=new_id(), kind=CaptureKind.OPEN, workspace="ab" * 8, received=number, at=number, agent="é\u2028\U0001f600")


def stored(folder: Path) -> list[Capture]:
    return [layout.decode(body) for file in layout.files(folder) for _, body in reader.read(file, 0, 1_000_000)]


@pytest.mark.parametrize("sync", ["full", "normal"])
def test_awaited_rows_are_in_the_file_and_the_drain_is_notified(tmp_path: Path, sync: str) -> None:
    """Many callers share few commits; each is told when its rows are safe."""
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "wake"))
    captures = [made(n) for n in range(500)]

    async def fill() -> None:
        spooler = Writer(tmp_path, sync, tmp_path / "wake")
        await asyncio.gather(*(spooler.commit(captures[n : n + 5]) for n in range(0, 500, 5)))
        assert len(stored(tmp_path)) == 500
        assert not layout.is_orphan(layout.files(tmp_path)[0])
        await spooler.close()
        with pytest.raises(NotCommitted, match="closed"):
            await spooler.commit([made()])

    asyncio.run(fill())
    file = layout.files(tmp_path)[0]

    assert stored(tmp_path) == captures
    assert (reader.last_seq(file), layout.is_orphan(file), heard.recv(10)) == (500, True, b"1")
    assert [seq for seq, _ in reader.read(file, 490, 5)] == [491, 492, 493, 494, 495]
    heard.close()


def test_a_cancelled_caller_does_not_affect_the_others(tmp_path: Path) -> None:
    """A client's disconnect cancels only its own wait."""

    async def fill() -> None:
        spooler = Writer(tmp_path, "normal")
        waits = [asyncio.ensure_future(spooler.commit([made(n)])) for n in range(10)]
        waits[3].cancel()
        done = await asyncio.gather(*waits, return_exceptions=True)
        assert sum(isinstance(result, asyncio.CancelledError) for result in done) == 1
        await spooler.close()

    asyncio.run(fill())
    assert len(stored(tmp_path)) == 10


_KILLED = """
import asyncio, os, sys
from pathlib import Path
from tests.unit.spool.test_spool import made
from tracker.spool.writer import Writer
async def main():
    spooler = Writer(Path(sys.argv[1]), "normal")
    for number in range(100000):
        await spooler.commit([made(number)])
        os.write(1, b"%d\\n" % number)
asyncio.run(main())
"""


def test_a_kill_under_load_loses_no_committed_row(tmp_path: Path) -> None:
    """After a kill -9 of the writer every row that it reported as committed is read, and the file is an orphan."""
    child = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    answered = 0
    while answered < 200:
        answered = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    answered = int([str(answered), *child.stdout.read().decode().split()][-1])
    child.stdout.close()
    child.wait()

    numbers = [capture.received for capture in stored(tmp_path)]
    assert numbers[: answered + 1] == list(range(answered + 1))
    assert len(numbers) <= answered + 2
    assert layout.is_orphan(layout.files(tmp_path)[0])


def test_a_full_disk_is_reported_and_the_writer_recovers(tmp_path: Path) -> None:
    """The commit fails with a reason; once there is space, the same writer commits again."""

    async def fill() -> None:
        spooler = Writer(tmp_path, "normal")
        await spooler.commit([made(1)])
        wal = layout.files(tmp_path)[0].with_suffix(".db-wal")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
        try:
            with pytest.raises(NotCommitted) as refused:
                await spooler.commit([made(2)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, ignored)
        assert refused.value.reason in {"disk_full", "disk"}
        await spooler.commit([made(3)])
        await spooler.close()

    asyncio.run(fill())
    assert [capture.received for capture in stored(tmp_path)] == [1, 3]


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """The event is dropped, but the caller is told and can respond."""

    async def fill() -> None:
        (tmp_path / "file").touch()
        spooler = Writer(tmp_path / "file" / "spool", "full")
        with pytest.raises(NotCommitted, match="disk"):
            await spooler.commit([made()])
        await spooler.close()

    asyncio.run(fill())


def test_the_wait_for_a_slow_disk_is_bounded(tmp_path: Path) -> None:
    """The wait ends with a reason; the rows are committed nevertheless once the disk responds."""

    async def fill() -> None:
        spooler = Writer(tmp_path, "full")
        waits = [asyncio.ensure_future(spooler.commit([made(n)])) for n in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        spooler.tick(0.0)
        done = await asyncio.gather(*waits, return_exceptions=True)
        assert all(result is None or (isinstance(result, NotCommitted) and result.reason == "slow") for result in done)
        await spooler.close()

    asyncio.run(fill())
    assert len(stored(tmp_path)) == 3


def test_rows_that_arrive_during_a_slow_sync_are_committed_in_parts(tmp_path: Path) -> None:
    """One large group would hold the event loop when the sync ends."""

    async def fill() -> int:
        spooler = Writer(tmp_path, "full")
        waits = [spooler.commit([made(0)])]
        await asyncio.sleep(0)
        assert spooler._syncer is not None
        assert spooler._syncer.is_busy
        waits += [spooler.commit([made(number)]) for number in range(1, 2_501)]
        written = sum(map(reader.last_seq, layout.files(tmp_path)))  # the loop had no turn since: the sync is still in progress
        await asyncio.gather(*waits)
        await spooler.close()
        return written

    assert asyncio.run(fill()) == 2_001
    assert len(stored(tmp_path)) == 2_501


@pytest.mark.parametrize("sync", ["full", "normal"])
def test_files_rotate_so_that_they_can_be_unlinked_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: str) -> None:
    """A large file is closed; the drain reads it and unlinks it with its sidecars."""
    monkeypatch.setattr(spool_file, "ROTATE_BYTES", 1_000)

    async def fill() -> None:
        spooler = Writer(tmp_path, sync)
        for number in range(30):
            await spooler.commit([made(number)])
        await spooler.close()

    asyncio.run(fill())
    found = layout.files(tmp_path)

    assert len(found) > 1
    assert [capture.received for capture in stored(tmp_path)] == list(range(30))
    for file in found:
        assert layout.is_orphan(file)
        layout.Watermarks().set(file, 7)
        layout.unlink(file)
        layout.unlink(file)
    assert list(tmp_path.iterdir()) == []


def test_after_a_failed_sync_later_rows_of_that_file_are_not_reported_as_safe(tmp_path: Path) -> None:
    """Linux reports lost pages only once. The next rows go to a new file."""

    async def fill() -> None:
        spooler = Writer(tmp_path, "full")
        await spooler.commit([made(1)])
        failed = spooler._rotation._file
        assert failed is not None
        pipe = os.pipe()
        os.dup2(pipe[1], failed.log)  # a pipe cannot be synced
        waits = [asyncio.ensure_future(spooler.commit([made(2)]))]
        for _ in range(2):
            await asyncio.sleep(0)
        waits.append(asyncio.ensure_future(spooler.commit([made(3)])))
        done = await asyncio.gather(*waits, return_exceptions=True)
        assert isinstance(done[0], NotCommitted)
        await spooler.commit([made(4)])
        assert spooler._rotation._file is not failed
        await spooler.close()
        for end in pipe:
            os.close(end)

    asyncio.run(fill())
    assert {1, 4} <= {capture.received for capture in stored(tmp_path)}


@pytest.mark.parametrize("sync", ["full", "normal"])
def test_an_old_file_is_closed_without_traffic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: str) -> None:
    """The drain can unlink it then, which frees the unused part of its log too."""
    monkeypatch.setattr(spool_file, "ROTATE_SECONDS", 0.0)

    async def fill() -> None:
        spooler = Writer(tmp_path, sync)
        await spooler.commit([made()])
        end = time.monotonic() + 60
        while not any(map(layout.is_orphan, layout.files(tmp_path))):
            assert time.monotonic() < end, "the file was kept"
            spooler.tick(60.0)
            await asyncio.sleep(0.01)
        await spooler.close()

    asyncio.run(fill())
    assert len(stored(tmp_path)) == 1


@pytest.mark.parametrize("sync", ["full", "normal"])
def test_files_are_closed_under_continuous_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: str) -> None:
    """Some caller always waits for a sync; full files are closed all the same."""
    monkeypatch.setattr(spool_file, "ROTATE_BYTES", 10_000)

    async def keep_asking(spooler: Writer, until: asyncio.Event) -> int:
        count = 0
        while not until.is_set():
            await spooler.commit([made(count)])
            count += 1
        return count

    async def fill() -> int:
        spooler, enough = Writer(tmp_path, sync), asyncio.Event()
        asking = [asyncio.create_task(keep_asking(spooler, enough)) for _ in range(8)]
        end = time.monotonic() + 60
        while sum(map(layout.is_orphan, layout.files(tmp_path))) < 3:
            assert time.monotonic() < end, "no file was finished"
            await asyncio.sleep(0.01)
        enough.set()
        counts = await asyncio.gather(*asking)
        await spooler.close()
        return sum(counts)

    assert asyncio.run(fill()) == len(stored(tmp_path))
    assert all(map(layout.is_orphan, layout.files(tmp_path)))


def test_a_watermark_is_stored_beside_its_file(tmp_path: Path) -> None:
    """If it is lost or invalid, rows are read again."""
    file, marks = write_file(tmp_path, [made()]), layout.Watermarks()
    assert marks.get(file) == 0
    marks.set(file, 12)
    assert layout.Watermarks().get(file) == 12
    file.with_name(f"{file.name}.mark").write_text("x")
    assert marks.get(file) == 0


def test_a_poison_row_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    """One invalid row does not affect the others."""
    file = SpoolFile(tmp_path)
    file.append([layout.encode(made(1)), b'{"id": 5}', b"\xff", b"[" * 100_000, layout.encode(made(2))])
    file.close()
    bodies = [body for _, body in reader.read(file.path, 0, 10)]

    assert [layout.decode(body).received for body in (bodies[0], bodies[4])] == [1, 2]
    for body in bodies[1:4]:
        with pytest.raises(Malformed, match="bad_row"):
            layout.decode(body)


def test_a_damaged_file_is_quarantined_and_its_readable_rows_are_salvaged(tmp_path: Path) -> None:
    """An overwritten page costs its rows, not the file."""
    written = SpoolFile(tmp_path)
    written.append([layout.encode(made(n)) for n in range(2_000)])
    written._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written.close()
    file = written.path
    with file.open("r+b") as raw:
        raw.seek(file.stat().st_size // 2 // 4096 * 4096)
        raw.write(os.urandom(4096))
    with pytest.raises(layout.Corrupt):
        reader.read(file, 0, 10_000)
    moved = layout.quarantine(file)
    saved = [seq for seq, _ in reader.salvage(moved, 0)]

    assert layout.files(tmp_path) == []
    assert 1_900 < len(saved) == len(set(saved)) < 2_000
    assert {1, 2_000} <= set(saved)


def test_a_file_that_is_being_created_reads_as_empty(tmp_path: Path) -> None:
    """The drain may read it before the edge has created the table."""
    (tmp_path / "a.db").touch()

    assert reader.read(tmp_path / "a.db", 0, 10) == []
    assert reader.last_seq(tmp_path / "a.db") == 0
    with pytest.raises(FileNotFoundError):
        reader.read(tmp_path / "b.db", 0, 10)


def test_the_least_quota_grows_with_the_processes_that_write(tmp_path: Path) -> None:
    """The files in use must never exceed the quota alone: no row would be committed, so no file would ever be closed."""
    with (tmp_path / "a.db-wal").open("wb") as log:
        log.truncate(LEAST_BYTES + 1)
    alone, among_two = Quota(tmp_path, 1), Quota(tmp_path, 1, writers=2)
    alone.look()
    among_two.look()

    assert (alone.is_over, among_two.is_over) == (True, False)
