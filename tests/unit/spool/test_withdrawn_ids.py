"""The list of withdrawn ids: sorted hashes in a file that is replaced as a whole, mapped and bisected."""

import random

import pytest

from tracker.domain.privacy.withdrawn import HASH_BYTES, WithdrawnKind, withdrawn_hash
from tracker.spool.withdrawn import HashList, WithdrawnIds, opened, write

WORKSPACE = "ab" * 8


def hashes(count: int) -> list[bytes]:
    return sorted(withdrawn_hash(WORKSPACE, WithdrawnKind.MESSAGE, f"{number:032x}") for number in range(count))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_each_listed_hash_is_found_and_no_other(tmp_path, count):
    """The first, the last, and neighbours that differ in one bit."""
    path, found = tmp_path / "withdrawn.ids", hashes(count)
    write(found, path)
    listed = opened(path)

    assert len(listed) == count
    assert all(value in listed for value in found)
    near = {value[:-1] + bytes([value[-1] ^ 1]) for value in found} - set(found)
    assert not [value for value in [*near, b"\0" * HASH_BYTES, b"\xff" * HASH_BYTES] if value in listed]


def test_the_kind_and_the_workspace_of_an_id_count():
    """A visitor that names itself like a message of the same or of another workspace is not that message."""
    found = {withdrawn_hash(ws, kind, "cd" * 16) for ws in (WORKSPACE, "12" * 8) for kind in WithdrawnKind}
    assert len(found) == 2 * len(WithdrawnKind)


def test_a_change_is_merged_in_order():
    """As a new list of everything would be, for random changes; removing what is not listed changes nothing."""
    chance = random.Random(7)
    for _ in range(50):
        pool = hashes(40)
        before, added, removed = (set(chance.sample(pool, chance.randint(0, 20))) for _ in range(3))
        removed -= added
        listed = HashList(b"".join(sorted(before)))

        assert b"".join(listed.changed(added, removed)) == b"".join(sorted((before - removed) | added))


def test_a_replaced_list_takes_effect_without_a_restart(tmp_path):
    """A longer list, a shorter one, none; a reader that holds the former one still reads it."""
    path, found = tmp_path / "withdrawn.ids", hashes(200_000)
    ids = WithdrawnIds(path)
    assert not ids.current()

    for count in (1, 200_000, 2):
        write(found[:count], path)
        ids._next_look = 0.0
        former = ids.current()
        assert (len(former), found[count - 1] in former, found[count % 200_000] in former) == (count, True, count == 200_000)
    path.unlink()
    ids._next_look = 0.0

    assert not ids.current()
    assert found[1] in former


def test_a_file_that_was_cut_holds_its_whole_hashes(tmp_path):
    """Another program may write it."""
    path, found = tmp_path / "withdrawn.ids", hashes(3)
    path.write_bytes(b"".join(found)[:-5])

    assert list(opened(path)) == found[:2]
