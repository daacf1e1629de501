"""The order of the keys in their file: which is the oldest, which signs, and which waits."""

from pathlib import Path

import pytest

from tracker.links.key_file import add_given, change, is_pending, known, merged, read_keys, with_newest, with_pending


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


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [("", "ab", "ab"), ("ab", "ab", "ab"), ("abn", "ab", "abn"), ("ab", "abn", "abn"), ("abn", "abx", "axbn"), ("abnb", "ab", "abnb")],
)
def test_given_keys_replace_none_that_a_host_has_learned(tmp_path: Path, own: str, given: str, expected: str):
    """A pod begins with the keys of its claim and of the Secret, whichever is newer. A second start changes nothing."""
    source, target = tmp_path / "secret.json", tmp_path / "claim" / "signing.json"
    for path, keys in ((source, given), (target, own)):
        if keys:
            change(path, lambda _, keys=keys: [key * 32 for key in keys])
    for _ in range(2):
        add_given(source, target)
        assert read_keys(target) == [key * 32 for key in expected]
    assert target.stat().st_mode & 0o777 == 0o600


def test_given_keys_replace_a_damaged_file(tmp_path: Path):
    """Which stays beside it."""
    source, target = tmp_path / "secret.json", tmp_path / "signing.json"
    change(source, lambda _: ["a" * 32])
    target.write_text("[")
    add_given(source, target)
    assert (read_keys(target), (tmp_path / "signing.json.damaged").read_text()) == (["a" * 32], "[")
