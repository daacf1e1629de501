"""The preallocated log of a spool file: invisible to readers, and only on a disk with enough free space."""

import asyncio
import os
import resource
import shutil
from pathlib import Path

import pytest

from tests.unit.spool.test_spool import made, stored
from tracker.spool import layout, reader, rotation, writer
from tracker.spool.file import SpoolFile, preallocated
from tracker.spool.writer import Writer

MEGABYTE = 2**20


def test_a_preallocated_log_does_not_grow_until_the_file_is_full(tmp_path: Path) -> None:
    """A log that grows makes each sync wait for the file system's journal."""
    file = SpoolFile(tmp_path, MEGABYTE)
    rows = 0
    while not file.is_full:
        assert os.fstat(file.log).st_size == MEGABYTE
        file.append([layout.encode(made(rows))])
        rows += 1
    file.close()

    assert rows > 100
    assert len(reader.read(file.path, 0, 10_000)) == rows


@pytest.mark.parametrize("is_damaged", [False, True])
def test_nulls_after_the_last_commit_of_a_killed_edge_are_no_damage(tmp_path: Path, *, is_damaged: bool) -> None:
    """All rows are read; only a damaged frame with commits behind it is reported."""
    file = SpoolFile(tmp_path / "spool", MEGABYTE)
    for number in range(50):
        file.append([layout.encode(made(number))])
    killed = tmp_path / "killed.db"
    for sidecar in ("", "-wal"):
        shutil.copyfile(f"{file.path}{sidecar}", f"{killed}{sidecar}")
    if is_damaged:
        with layout.log_path(killed).open("r+b") as raw:
            raw.seek(layout.last_frame_within(25 * (layout.PAGE + 24)) + 2_000)
            raw.write(os.urandom(64))
    file.close()

    assert reader.has_unread_commits(killed) is is_damaged
    assert (reader.last_seq(killed) == 50) is not is_damaged


def test_a_disk_without_enough_free_space_is_left_alone(tmp_path: Path) -> None:
    """The log grows as needed, and the file is not rotated for it."""
    file = SpoolFile(tmp_path, shutil.disk_usage(tmp_path).free)
    before = os.fstat(file.log).st_size
    file.append([layout.encode(made())])

    assert before < os.fstat(file.log).st_size < MEGABYTE
    assert not file.is_full
    file.close()


def test_a_failed_preallocation_is_undone(tmp_path: Path) -> None:
    """The log keeps its length and its content."""
    (tmp_path / "log").write_bytes(b"rows")
    log = os.open(tmp_path / "log", os.O_RDWR)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, usual[1]))  # as a disk that is full from there on
    try:
        assert preallocated(log, MEGABYTE) == 4
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        os.close(log)
    assert (tmp_path / "log").read_bytes() == b"rows"


def test_a_failed_sync_is_raised() -> None:
    """Linux reports lost pages only once, and they may hold the log's header: such a file is not used."""
    log = os.open(os.devnull, os.O_RDWR)  # accepts writes, but cannot be synced
    with pytest.raises(OSError, match="Invalid argument"):
        preallocated(log, MEGABYTE)
    os.close(log)


@pytest.mark.parametrize("written", [0, 1_000, 4_000])
def test_a_commit_cut_short_within_the_preallocated_log_is_no_damage(tmp_path: Path, written: int) -> None:
    """A kill between a frame's header and its page, or within the page: no caller was told that it was safe."""
    file = SpoolFile(tmp_path / "spool", MEGABYTE)
    for number in range(50):
        file.append([layout.encode(made(number))])
    file.close()
    log = layout.log_path(file.path)
    raw = log.read_bytes()
    used = 32 + (len(raw.rstrip(b"\0")) - 32 + layout.PAGE + 23) // (layout.PAGE + 24) * (layout.PAGE + 24)
    last = raw[used - layout.PAGE - 24 : used]
    log.write_bytes(raw[:used] + last[: 24 + written] + raw[used + 24 + written :])
    layout.beside(file.path, "-shm").unlink()

    assert reader.last_seq(file.path) == 50
    assert not reader.has_unread_commits(file.path)


def test_a_writer_rotates_before_the_log_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file and each later one are preallocated, and no row is lost between them."""
    monkeypatch.setattr(writer, "PREALLOCATED_BYTES", MEGABYTE)
    monkeypatch.setattr(rotation, "_PAUSE_SECONDS", 0.0)

    async def fill() -> tuple[list[int], int]:
        spool, lengths, number = Writer(tmp_path, "full"), [], 0
        while len(layout.files(tmp_path)) < 4:
            await spool.commit([made(number)])
            assert spool._rotation._file is not None
            lengths.append(os.fstat(spool._rotation._file.log).st_size)
            number += 1
        await spool.close()
        return lengths, number

    lengths, rows = asyncio.run(fill())
    assert lengths[0] == MEGABYTE
    assert [capture.received for capture in stored(tmp_path)] == list(range(rows))


def test_normal_sync_preallocates_nothing(tmp_path: Path) -> None:
    """There is no sync to speed up."""

    async def fill() -> int:
        spool = Writer(tmp_path, "normal")
        await spool.commit([made()])
        (file,) = layout.files(tmp_path)
        size = layout.log_path(file).stat().st_size
        await spool.close()
        return size

    assert asyncio.run(fill()) < MEGABYTE
