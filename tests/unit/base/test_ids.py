"""Identifiers: of their RFC, in order, never twice."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from tracker.base import ids
from tracker.base.ids import new_id

MANY = 20_000


def test_an_id_is_a_uuid_of_version_seven() -> None:
    """By Python's own reading, each of many, so that every digit that says variant or version is right."""
    for text in (new_id() for _ in range(MANY)):
        parsed = uuid.UUID(hex=text)
        assert (parsed.hex, parsed.version, parsed.variant) == (text, 7, uuid.RFC_4122)


def test_ids_sort_in_the_order_they_were_made() -> None:
    """Also the many that one millisecond brings."""
    made = [new_id() for _ in range(MANY)]

    assert made == sorted(set(made))


def test_threads_and_children_make_none_twice() -> None:
    """Random bits that were fetched for many ids are used once, by one thread, and not again by a forked child."""
    with ThreadPoolExecutor(4) as pool:
        made = [text for part in pool.map(lambda _: [new_id() for _ in range(MANY // 4)], range(4)) for text in part]
    while len(ids._tails) < 100:  # so that there is something that a child could use again
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
    # Without the time, the same random half would be the same bits handed out twice.
    assert len({text[16:] for text in made + mine + theirs}) == MANY + 600
