"""Mending SQLite's log: whatever is spoiled, the rest is read, and nothing is read that was never written."""

import os
import random
import shutil
from pathlib import Path

import pytest

from tracker.base.errors import Malformed
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.spool import layout, mending
from tracker.spool.file import SpoolFile

COMMITS, ROWS = 30, 30


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """Captures of different lengths, some longer than a page."""
    dice = random.Random(5)
    lengths = [dice.choice((50, 300, 400, 6_000)) for _ in range(COMMITS * ROWS)]
    return [layout.encode(made(number, "é" + dice.randbytes(length // 2).hex())) for number, length in enumerate(lengths)]


def made(number: int, title: str) -> Capture:
    return Capture(id=new_id(), kind=CaptureKind.VIEW, workspace="ab" * 8, received=number, at=number, title=title)


def is_poison(body: bytes) -> bool:
    try:
        layout.decode(body)
    except Malformed:
        return True
    return False


@pytest.fixture(scope="module", params=[0, 5 * 2**20], ids=["grown", "room beforehand"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]) -> Path:
    """A file that was committed in groups, its log as long as its commits or with room behind them."""
    file = SpoolFile(tmp_path_factory.mktemp("written"), request.param)
    for start in range(0, len(bodies), ROWS):
        file.append(bodies[start : start + ROWS])
    file.close()
    return file.path


@pytest.fixture
def log(written: Path, tmp_path: Path) -> Path:
    """The log of a copy of it."""
    shutil.copytree(written.parent, tmp_path, dirs_exist_ok=True)
    return layout.log_path(tmp_path / written.name)


def behind(log: Path) -> dict[int, bytes]:
    """What mending finds, by sequence number."""
    return dict(mending.rows_behind(log.with_name(log.name.removesuffix("-wal")), 0))


def test_a_log_without_damage_is_read_whole(log: Path, bodies: list[bytes]):
    """Chained anew, nothing is different."""
    assert list(behind(log).values()) == bodies


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("length", [1, 64, 9_000])
def test_one_spoiled_place_costs_what_stood_there(log: Path, bodies: list[bytes], seed: int, length: int):
    """A byte, a sector, some pages: the rows before and behind are as they were written; a row that lost its middle is poison."""
    raw = bytearray(log.read_bytes())
    place = random.Random(seed).randrange(32, len(raw) - length)
    raw[place : place + length] = bytes(byte ^ 0x5A for byte in raw[place : place + length])
    log.write_bytes(raw)
    found = behind(log)

    assert all(body == bodies[number - 1] or is_poison(body) for number, body in found.items())
    assert len(found) > len(bodies) * 0.9


@pytest.mark.parametrize("length", [4_096, 16_384, 65_536])
def test_a_stretch_of_nulls_costs_what_stood_there(log: Path, bodies: list[bytes], length: int):
    """As a power cut leaves it: nulls, whose checksum is null too."""
    raw = bytearray(log.read_bytes())
    place = (len(raw) // 2) // 4096 * 4096
    raw[place : place + length] = bytes(length)
    log.write_bytes(raw)
    found = behind(log)

    assert all(body == bodies[number - 1] or is_poison(body) for number, body in found.items())
    assert len(found) > len(bodies) * 0.85


def test_a_spoiled_checksum_costs_nothing(log: Path, bodies: list[bytes]):
    """The frame behind tells that the frame before is whole."""
    raw = bytearray(log.read_bytes())
    size = 24 + int.from_bytes(raw[8:12], "big")
    start = 32 + size * ((len(raw) - 32) // size // 2)
    raw[start + 16 : start + 24] = os.urandom(8)
    log.write_bytes(raw)

    assert list(behind(log).values()) == bodies


@pytest.mark.parametrize("spoiled", [b"", b"\0" * 32, b"x" * 5_000], ids=["empty", "nulls", "junk"])
def test_a_log_without_its_head_is_left_alone(log: Path, spoiled: bytes):
    """There is nothing to go by."""
    log.write_bytes(spoiled)

    assert behind(log) == {}
