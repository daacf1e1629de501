"""Recovery keys: the machine encrypts without them, shows them once, and says which key a file needs."""

import io
import stat

import pytest

from tests.scenes import NOON
from tracker.base.encryption import recovery_key
from tracker.base.encryption.encrypted_stream import Decryptor, Encryptor, UnreadableFile, needed_key
from tracker.base.errors import LeadlightError

CONTENT = b"text " * 400_000


def sealed(public: bytes) -> bytes:
    file = io.BytesIO()
    encryptor = Encryptor(file, public)
    encryptor.write(CONTENT)
    encryptor.close()
    return file.getvalue()


def opened(data: bytes, text: str) -> bytes:
    return Decryptor(io.BytesIO(data), text).read(len(CONTENT))


def test_it_is_shown_once_and_then_not_on_the_machine(tmp_path):
    """The file keeps the public half, with mode 0600."""
    file = tmp_path / "keys" / "recovery.json"
    made = recovery_key.ensure(file, NOON)
    data = sealed(made.public)
    shown = recovery_key.show_once(file)

    assert opened(data, shown) == CONTENT
    assert (recovery_key.show_once(file), shown in file.read_text(), shown in repr(made)) == ("", False, False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert recovery_key.ensure(file, NOON).public == made.public == needed_key(io.BytesIO(data))


@pytest.mark.parametrize("change", [str.lower, lambda text: text.replace("-", " "), lambda text: text.replace("-", ""), "  {}\n".format])
def test_it_may_be_typed_in_any_way(tmp_path, change):
    """From paper."""
    made = recovery_key.renew(tmp_path / "k", NOON)
    assert opened(sealed(made.public), change(made.unseen)) == CONTENT


def test_each_mistake_has_its_own_message(tmp_path):
    """A mistyped key, the key of other backups, a changed file."""
    made, other = recovery_key.renew(tmp_path / "a", NOON), recovery_key.renew(tmp_path / "b", NOON)
    data = sealed(made.public)
    for text in ("", "lantern harbor quilt", made.unseen[:-1], made.unseen + "A"):
        with pytest.raises(LeadlightError, match="not a recovery key"):
            opened(data, text)
    with pytest.raises(UnreadableFile, match="another key"):
        opened(data, other.unseen)
    for at in (45, 80, len(data) - 5):
        with pytest.raises(UnreadableFile, match="changed"):
            opened(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], made.unseen)
    for length in (8, 9, 40, 72, 73, len(data) - 1):
        with pytest.raises(UnreadableFile):
            opened(data[:length], made.unseen)


def test_two_files_never_share_a_key(tmp_path):
    """Chunks are numbered from 0 in every file."""
    made = recovery_key.renew(tmp_path / "a", NOON)
    assert sealed(made.public)[73:] != sealed(made.public)[73:]


@pytest.mark.parametrize("spoiled", ["", "{", "[]", "{}", '{"public": 7, "made_at": ""}', '{"public": "!", "made_at": "2026-01-01"}'])
def test_a_damaged_file_names_the_remedy(tmp_path, spoiled):
    """It is not replaced silently: earlier backups need its key."""
    (tmp_path / "k").write_text(spoiled)
    with pytest.raises(recovery_key.UnreadableKeyFile, match="--new"):
        recovery_key.ensure(tmp_path / "k", NOON)
