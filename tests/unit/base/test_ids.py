"""Identifiers: valid UUIDv7 values, in creation order, unique across threads and forked processes."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from tracker.base.ids import new_id

MANY = 20_000


def test_an_id_is_a_uuid_of_version_seven() -> None:
    """Checked by Python's own parser, for many ids, so that every digit that says variant or version is right."""
    for text in (new_id() for _ in range(MANY)):
        parsed = uuid.UUID(hex=text)
        assert (parsed.hex, parsed.version, parsed.variant) == (text, 7, uuid.RFC_4122)


def test_ids_sort_in_creation_order() -> None:
    """Ids made within the same millisecond sort too."""
    made = [new_id() for _ in range(MANY)]

    assert made == sorted(set(made))


def test_ids_are_unique_across_threads() -> None:
    """Threads share one counter."""
    with ThreadPoolExecutor(4) as pool:
        made = [text for part in pool.map(lambda _: [new_id() for _ in range(MANY // 4)], range(4)) for text in part]

    assert len(set(made)) == MANY


def test_a_forked_child_uses_other_random_bits() -> None:
    """Parent and child share the counter at the fork, so the 64 bits after it must differ."""
    new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, "".join(new_id() for _ in range(300)).encode())
        finally:
            os._exit(0)
    mine = [new_id() for _ in range(300)]
    os.waitpid(child, 0)
    text = os.read(reading, 300 * 32).decode()
    theirs = [text[start : start + 32] for start in range(0, len(text), 32)]
    os.close(reading)
    os.close(writing)

    assert len(theirs) == 300
    assert len({text[16:] for text in mine + theirs}) == 600
