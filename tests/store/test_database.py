"""How the database is opened and run: what a write costs it, how long it keeps the past, and what its troubles mean."""

import dataclasses
from collections.abc import Callable

import pytest
from pymongo import WriteConcern
from pymongo.errors import AutoReconnect, BulkWriteError, NetworkTimeout, OperationFailure, PyMongoError, WriteConcernError

from tracker.actions.deps import Deps, open_deps
from tracker.domain.activity.event import Event, EventKind
from tracker.rules.verdicts.first import PERSON
from tracker.store.activity.events import Prints, insert_events
from tracker.store.core.client import is_away
from tracker.store.core.records import insert_once


@pytest.mark.parametrize("retry_writes", [True, False])
def test_who_does_not_retry_writes_leaves_no_notes_of_them(deps: Deps, *, retry_writes: bool):
    """MongoDB notes each write that the driver may make again, which makes it half as dear again, for those who would not repeat it."""
    opened = open_deps(deps.settings, retry_writes=retry_writes)
    client = opened.store.database.client
    with client.start_session() as session:
        opened.store.database.dirty.update_one({"_id": "a"}, {"$set": {"tries": 0}}, upsert=True, session=session)
        assert (client["config"]["transactions"].find_one({"_id.id": session.session_id["id"]}) is not None) == retry_writes
    client.close()
    opened.redis.close()


def test_a_name_that_is_not_found_is_a_store_that_is_away(deps: Deps):
    """`mongodb+srv` names are looked up when something is asked, not when a process starts: it would else not come up."""
    opened = open_deps(dataclasses.replace(deps.settings, mongo_url="mongodb+srv://nowhere.invalid/leadlight"))
    with pytest.raises(PyMongoError) as caught:
        opened.store.database.command("ping")
    opened.store.database.client.close()
    opened.redis.close()

    assert is_away(caught.value)


def test_our_own_mongod_keeps_no_past(deps: Deps):
    """Marks that were done would be stepped over for five minutes at each claim."""
    name = "minSnapshotHistoryWindowInSeconds"
    assert deps.store.database.client.admin.command({"getParameter": 1, name: 1})[name] == 0


def _events(deps: Deps) -> object:
    database = deps.store.database.with_options(write_concern=WriteConcern(2))
    open_ = Event(id="a" * 32, workspace="b" * 16, kind=EventKind.OPEN, at=deps.now(), received=deps.now(), verdict=PERSON)
    return insert_events(database, Prints(deps.store.database.prints), [open_])


def _once(deps: Deps) -> object:
    rows = deps.store.database.deliveries.with_options(write_concern=WriteConcern(2))
    return insert_once(rows, [{"_id": "a"}])


@pytest.mark.parametrize("insert", [_events, _once])
def test_what_too_few_members_have_is_not_kept(deps: Deps, insert: Callable[[Deps], object]):
    """It is there, yet may be lost with its one member: whoever asked must ask again, also where it is there already."""
    for _ in range(2):
        with pytest.raises(BulkWriteError):
            insert(deps)


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("connection closed"),
        NetworkTimeout("timed out"),
        OperationFailure("stepped down in the middle", 11602),
        WriteConcernError("stepped down before the others had it", 189),
        BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 91, "errmsg": "shutting down"}]}),
        BulkWriteError({"writeErrors": [{"index": 0, "code": 10107, "errmsg": "not primary"}], "writeConcernErrors": []}),
    ],
)
def test_a_mongodb_that_cannot_now_is_away(error: PyMongoError):
    """Nobody is to blame, and it is asked again."""
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        OperationFailure("bad query", 2),
        BulkWriteError({"writeErrors": [{"index": 0, "code": 11000, "errmsg": "there already"}], "writeConcernErrors": []}),
        PyMongoError("no idea"),
    ],
)
def test_a_mongodb_that_will_not_is_not_away(error: PyMongoError):
    """Asking again would not help."""
    assert not is_away(error)
