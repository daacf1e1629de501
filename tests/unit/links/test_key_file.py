"""The order of the keys in their file: which is the oldest, which signs, and which waits."""

import pytest

from tracker.links.key_file import is_pending, known, merged, with_newest, with_pending


@pytest.mark.parametrize(
    ("shared", "own", "signs"),
    [
        ("s", "ab", "s"),
        ("s", "sab", "b"),
        ("s", "abs", "s"),
        ("ab", "xy", "b"),
        ("ab", "abxb", "b"),
        ("ab", "abx", "x"),
        ("sabss", "xy", "s"),
        ("sabss", "sabssn", "n"),
    ],
)
def test_added_keys_are_neither_the_oldest_nor_a_rotation(shared: str, own: str, signs: str):
    """All verify. No key waits, so that the next rotation makes a new key, which becomes the one that signs."""
    found = merged(shared, own)
    assert (found[0], found[-1], set(found)) == (shared[0], signs, {*shared, *own})
    assert not is_pending(found)
    pending = with_pending(found)
    assert (is_pending(pending), pending[-1], with_pending(pending)) == (True, signs, pending)
    newest = with_newest(pending)
    assert (newest[-1] in found, is_pending(newest), known(newest)[:-1]) == (False, False, known(found))


@pytest.mark.parametrize("shared", ["sns", "abnb"])
@pytest.mark.parametrize("own", ["x", "xy", "bx"])
def test_a_key_that_waits_goes_on_waiting(shared: str, own: str):
    found = merged(shared, own)
    assert (is_pending(found), found[0], found[-1], with_newest(found)[-1]) == (True, shared[0], shared[-1], "n")
