"""The keyring: what it encrypts can be read at its place alone, keys come and go under running processes, and a file is made once."""

import json
import threading

import pytest

from tracker.base.encryption import keyring_file
from tracker.base.encryption.keyring import Keyring, Undecryptable, is_ciphertext, key_of
from tracker.base.errors import BadSetting, Conflict

PLACE = ("ws", "channels", "ws:c", "config.bot_token")
SECRET = "xoxb-1234 ümlaut \ud800"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "secrets.json"


def test_a_secret_is_read_at_its_place_alone(path):
    """Neither another workspace, collection, record or field, nor names that join to the same text."""
    text = Keyring(path).encrypt(SECRET, PLACE)

    assert (is_ciphertext(text), SECRET in text, text == Keyring(path).encrypt(SECRET, PLACE)) == (True, False, False)
    assert Keyring(path).decrypt(text, PLACE) == SECRET
    others = [(*PLACE[:n], "x", *PLACE[n + 1 :]) for n in range(4)] + [
        PLACE[:3],
        (*PLACE, ""),
        ("ws", "channels", "ws:c config", "bot_token"),
    ]
    for other in others:
        with pytest.raises(Undecryptable):
            Keyring(path).decrypt(text, other)


def test_a_changed_ciphertext_is_refused(path):
    """Whatever character of it is another, and whatever form it has."""
    text = Keyring(path).encrypt("short", PLACE)
    changed = [text[:n] + ("A" if text[n] != "A" else "B") + text[n + 1 :] for n in range(len(text))]
    for spoiled in (*changed, "", "enc1:", text[:-4], text + "AAAA", text.upper(), "enc1:00000000:AAAA"):
        with pytest.raises(Undecryptable):
            Keyring(path).decrypt(spoiled, PLACE)


def test_the_file_is_private_and_made_once(path):
    """Processes that start at once agree on one key."""
    found = []
    threads = [threading.Thread(target=lambda: found.append(tuple(Keyring(path).ensure()))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(found), len(set(found)), len(found[0])) == (16, 1, 1)
    assert [oct(p.stat().st_mode & 0o777) for p in (path, path.parent)] == ["0o600", "0o700"]
    assert [p.name for p in path.parent.iterdir()] == ["secrets.json"]


def test_a_running_process_reads_what_a_newer_key_encrypted(path):
    """It learns of the key when it meets it; and what it writes itself is encrypted with the newest key at once."""
    running = Keyring(path)
    old = running.encrypt("old", PLACE)
    newest = keyring_file.add_key(path)
    new = Keyring(path).encrypt("new", PLACE)

    assert (running.decrypt(new, PLACE), running.decrypt(old, PLACE), key_of(running.encrypt("x", PLACE))) == ("new", "old", newest)
    assert keyring_file.retire_others(path, newest) == 1
    with pytest.raises(Undecryptable, match="lost"):
        Keyring(path).decrypt(old, PLACE)


def test_a_removed_file_is_created_again_from_the_known_keys(path):
    """So that nothing is encrypted with a key that the next start does not know."""
    running = Keyring(path)
    text = running.encrypt("x", PLACE)
    path.unlink()
    assert running.decrypt(text, PLACE) == "x"
    later = running.encrypt("y", PLACE)

    assert [Keyring(path).decrypt(each, PLACE) for each in (text, later)] == ["x", "y"]


@pytest.mark.parametrize(
    "spoiled", [b"", b"{", b"[]", b"{}", b"[1]", b'[{"id": "zz", "key": "AAAA"}]', b'[{"id": "00000000", "key": "AAAA"}]', b"\xff"]
)
def test_a_damaged_file_is_said_and_never_replaced(path, spoiled):
    """Its keys may still be somewhere; what is known goes on being read."""
    running = Keyring(path)
    text = running.encrypt("x", PLACE)
    path.write_bytes(spoiled)

    assert running.decrypt(text, PLACE) == "x"
    for change in (Keyring(path).ensure, lambda: running.encrypt("y", PLACE), lambda: keyring_file.verified_content(path)):
        with pytest.raises(BadSetting, match="restore it from your backup"):
            change()
    with pytest.raises(Undecryptable):
        Keyring(path).decrypt(text, PLACE)
    assert path.read_bytes() == spoiled


def test_keys_of_a_backup_are_older_than_those_that_are_there(path, tmp_path):
    """A key that was retired does not encrypt again; a damaged file is put aside."""
    here, there = Keyring(path), Keyring(tmp_path / "other")
    mine, theirs = here.encrypt("mine", PLACE), there.encrypt("theirs", PLACE)
    content = there.path.read_bytes()

    assert (keyring_file.merge(path, content), keyring_file.merge(path, content)) == (2, 2)
    assert ([Keyring(path).decrypt(each, PLACE) for each in (mine, theirs)], Keyring(path).newest) == (["mine", "theirs"], here.newest)
    path.write_bytes(b"spoiled")
    assert keyring_file.merge(path, content) == 1
    assert path.with_name("secrets.json.before-restore").read_bytes() == b"spoiled"
    assert json.loads(path.read_bytes()) == json.loads(content)


def test_no_rotation_while_a_backup_reads(path):
    """Nor two rotations at once; two backups may be."""
    with keyring_file.rotation(path, is_shared=True), keyring_file.rotation(path, is_shared=True), pytest.raises(Conflict, match="backup"):
        keyring_file.rotation(path).__enter__()
    with keyring_file.rotation(path), pytest.raises(Conflict):
        keyring_file.rotation(path, is_shared=True).__enter__()


def test_a_new_key_waits_for_who_is_writing(path):
    """What was encrypted with the former key is stored before the new one counts."""
    keyring, added = Keyring(path), threading.Event()
    thread = threading.Thread(target=lambda: (keyring_file.add_key(path), added.set()))
    with keyring.writing():
        old = keyring.newest
        thread.start()
        assert (added.wait(0.2), keyring.newest) == (False, old)
    thread.join()
    assert keyring.newest != old
