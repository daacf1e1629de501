"""The file of erased leads: lines of keyed hashes, which only grow."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from tracker.actions.ops.tombstones import add, is_erased, read, tombstone_of
from tracker.base.errors import LeadlightError
from tracker.domain.leads.lead import Lead
from tracker.domain.privacy.erasure import Tombstone
from tracker.links.key_file import rotate
from tracker.links.keys import Keys

AT = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
LEAD = Lead(id="ab" * 16, workspace="12" * 8, email="Dana@Acme.example", name="Dana", created_at=AT, updated_at=AT)


@pytest.fixture
def keys(tmp_path) -> Keys:
    return Keys.load(tmp_path / "keys.json")


def test_a_lead_is_recognised_by_id_and_address_after_a_rotation(keys, tmp_path):
    """In any spelling; not in another workspace. Without the key, nothing can be compared."""
    made = tombstone_of(keys, LEAD, AT)
    rotate(tmp_path / "keys.json")
    keys.refresh()
    other = Keys.load(tmp_path / "other.json")

    assert tombstone_of(keys, LEAD, AT) == made
    assert tombstone_of(keys, msgspec.structs.replace(LEAD, email="dana@ACME.example", id="cd" * 16), AT).email == made.email
    for changed in (msgspec.structs.replace(LEAD, workspace="34" * 8), LEAD):
        found = tombstone_of(other if changed is LEAD else keys, changed, AT)
        assert {found.id, found.email}.isdisjoint({made.id, made.email})
    assert len({made.id, made.email}) == 2


def test_a_later_lead_with_the_address_is_another_one(keys):
    """It was added after the erasure."""
    made = tombstone_of(keys, LEAD, AT)
    later = msgspec.structs.replace(LEAD, id="cd" * 16, created_at=AT.replace(hour=13))
    earlier = msgspec.structs.replace(later, created_at=AT.replace(hour=11))
    found = [is_erased(lead, tombstone_of(keys, lead, AT), {made.id}, {made.email: AT}) for lead in (LEAD, earlier, later)]

    assert found == [True, True, False]


def test_the_file_grows_and_is_private(tmp_path, keys):
    """What it contains stays when something is added; it names no one."""
    path, first = tmp_path / "var" / "erased", tombstone_of(keys, LEAD, AT)
    second = msgspec.structs.replace(first, id="0f" * 16)
    add(path, [first])
    add(path, [second, first])

    assert read(path) == [second, first]
    assert path.stat().st_mode & 0o777 == 0o600
    assert not [word for word in ("dana", "acme", LEAD.id) if word in path.read_text().lower()]
    assert [entry.name for entry in path.parent.iterdir()] == ["erased"]


@pytest.mark.parametrize(
    "line", ["", "a b c d", f"{'12' * 8} {'0' * 32} {'0' * 32} today", f"{'12' * 8} {'0' * 32} 2026-11-18T12:00:00+00:00", json.dumps({})]
)
def test_another_file_is_refused(tmp_path, line):
    """With the number of the line; it is not replaced."""
    path = tmp_path / "erased"
    path.write_text(f"{line}\n")
    with pytest.raises(LeadlightError, match="line 1"):
        add(path, [Tombstone(id="0" * 32, workspace="1" * 16, email="2" * 32, at=AT)])
    assert path.read_text() == f"{line}\n"
