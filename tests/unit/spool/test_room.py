"""The room of a spool file's log: written beforehand, invisible to whoever reads, and never where the disk is short of it."""

import asyncio
import os
import resource
import shutil
from pathlib import Path

import pytest

from tests.unit.spool.test_spool import made, stored
from tracker.spool import layout, mending, reader, room
from tracker.spool.file import SpoolFile
from tracker.spool.writer import Writer

MEGABYTE = 2**20


def test_a_log_with_room_does_not_grow_until_that_is_used(tmp_path: Path) -> None:
    """Growing is what makes a sync wait for the file system's journal."""
    file = SpoolFile(tmp_path, MEGABYTE)
    rows = 0
    while not file.is_full:
        assert os.fstat(file.log).st_size == MEGABYTE
        file.append([layout.encode(made(rows))])
        rows += 1
    assert file.next_room == 4 * MEGABYTE
    file.close()

    assert rows > 100
    assert len(reader.read(file.path, 0, 10_000)) == rows


def test_what_was_not_used_up_becomes_less(tmp_path: Path) -> None:
    """A quiet host does not write megabytes of nulls for each file."""
    file = SpoolFile(tmp_path, 4 * MEGABYTE)
    file.append([layout.encode(made())])
    assert file.next_room == 2 * MEGABYTE
    file.close()

    assert room.after(room.LEAST, was_used_up=False) == room.LEAST
    assert room.after(room.MOST, was_used_up=True) == room.MOST


@pytest.mark.parametrize("spoiled", [False, True])
def test_nulls_behind_the_last_commit_of_a_killed_edge_are_no_damage(tmp_path: Path, *, spoiled: bool) -> None:
    """All rows are read, and only a frame that was really spoiled is told of."""
    file = SpoolFile(tmp_path / "spool", MEGABYTE)
    for number in range(50):
        file.append([layout.encode(made(number))])
    killed = tmp_path / "killed.db"
    for sidecar in ("", "-wal"):
        shutil.copyfile(f"{file.path}{sidecar}", f"{killed}{sidecar}")
    if spoiled:
        with layout.log_path(killed).open("r+b") as raw:
            raw.seek(layout.frame_at(25 * (layout.PAGE + 24)) + 2_000)
            raw.write(os.urandom(64))
    file.close()

    assert reader.is_torn(killed) is spoiled
    assert len(mending.rows_behind(killed, 0)) == 50
    assert reader.last_seq(killed) == 50 or spoiled


def test_a_disk_without_room_to_spare_is_left_alone(tmp_path: Path) -> None:
    """The log grows as it must; nothing is begun anew for it."""
    too_much = shutil.disk_usage(tmp_path).free
    file = SpoolFile(tmp_path, too_much)
    before = os.fstat(file.log).st_size
    file.append([layout.encode(made())])

    assert before < os.fstat(file.log).st_size < MEGABYTE
    assert not file.is_full
    assert file.next_room < too_much
    file.close()


def test_room_that_cannot_be_written_is_given_back(tmp_path: Path) -> None:
    """Half a room is none."""
    (tmp_path / "log").write_bytes(b"rows")
    log = os.open(tmp_path / "log", os.O_RDWR)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, usual[1]))  # as a disk that is full from there on
    try:
        assert room.write(log, MEGABYTE) == 4
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        os.close(log)
    assert (tmp_path / "log").read_bytes() == b"rows"


def test_room_that_cannot_be_synced_is_told_of(tmp_path: Path) -> None:
    """Linux tells of lost pages once, and among them may be what makes the log readable: such a file is not begun."""
    log = os.open(os.devnull, os.O_RDWR)  # takes what is written, and cannot sync it
    with pytest.raises(OSError, match="Invalid argument"):
        room.write(log, MEGABYTE)
    os.close(log)


@pytest.mark.parametrize("written", [0, 1_000, 4_000])
def test_a_commit_cut_short_within_the_room_is_no_damage(tmp_path: Path, written: int) -> None:
    """A kill between the head of a frame and its page, or within the page: nobody was answered for that."""
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
    assert not reader.is_torn(file.path)


def test_a_file_whose_room_is_used_is_followed_by_one_with_more(tmp_path: Path) -> None:
    """By the writer, beside the traffic, and no row is lost on the way."""

    async def fill() -> list[int]:
        writer, lengths = Writer(tmp_path, "full"), [0]
        for number in range(2_000):
            await writer.commit([made(number)])
            assert writer._file is not None
            lengths.append(os.fstat(writer._file.log).st_size)
        await writer.close()
        return lengths

    lengths = asyncio.run(fill())
    assert {room.LEAST, 4 * room.LEAST} <= set(lengths)
    assert [capture.received for capture in stored(tmp_path)] == list(range(2_000))
