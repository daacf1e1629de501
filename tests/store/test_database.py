"""How the database is opened and run: what a write costs it, and how long it keeps the past."""

import pytest

from tracker.actions.deps import Deps, open_deps


@pytest.mark.parametrize("retry_writes", [True, False])
def test_who_does_not_retry_writes_leaves_no_notes_of_them(deps: Deps, *, retry_writes: bool):
    """MongoDB notes each write that the driver may make again; that makes it a third dearer, and is for those who would not repeat it."""
    opened = open_deps(deps.settings, retry_writes=retry_writes)
    client = opened.store.database.client
    with client.start_session() as session:
        opened.store.database.dirty.update_one({"_id": "a"}, {"$set": {"tries": 0}}, upsert=True, session=session)
        assert (client["config"]["transactions"].find_one({"_id.id": session.session_id["id"]}) is not None) == retry_writes
    client.close()
    opened.redis.close()


def test_our_own_mongod_keeps_no_past(deps: Deps):
    """Marks that were done would be stepped over for five minutes at each claim."""
    name = "minSnapshotHistoryWindowInSeconds"
    assert deps.store.database.client.admin.command({"getParameter": 1, name: 1})[name] == 0
