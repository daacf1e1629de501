"""How the database is opened and run: retryable writes, snapshot history and the classification of errors."""

import dataclasses
from collections.abc import Callable

import pytest
from pymongo import WriteConcern
from pymongo.errors import AutoReconnect, BulkWriteError, NetworkTimeout, OperationFailure, PyMongoError, WriteConcernError

from tracker.actions.deps import Deps, open_deps
from tracker.domain.activity.event import Event, EventKind
from tracker.rules.verdicts.first import PERSON
from tracker.store.activity.events import insert_events
from tracker.store.core.client import is_away
from tracker.store.core.records import insert_once
from tracker.store.core.repository import Connection


@pytest.mark.parametrize("retry_writes", [True, False])
def test_without_retryable_writes_mongodb_stores_no_transaction_records(deps: Deps, *, retry_writes: bool):
    """MongoDB stores a record of each retryable write, which makes the write about 50 % more expensive."""
    opened = open_deps(deps.settings, retry_writes=retry_writes)
    client = opened.store.database.client
    with client.start_session() as session:
        opened.store.database.dirty.update_one({"_id": "a"}, {"$set": {"tries": 0}}, upsert=True, session=session)
        assert (client["config"]["transactions"].find_one({"_id.id": session.session_id["id"]}) is not None) == retry_writes
    client.close()
    opened.redis.close()


def test_a_dns_name_that_is_not_found_means_unavailable(deps: Deps):
    """`mongodb+srv` names are resolved at the first query: a process must start while DNS fails."""
    opened = open_deps(dataclasses.replace(deps.settings, mongo_url="mongodb+srv://nowhere.invalid/leadlight"))
    with pytest.raises(PyMongoError) as caught:
        opened.store.database.command("ping")
    opened.store.database.client.close()
    opened.redis.close()

    assert is_away(caught.value)


def test_the_embedded_mongod_keeps_no_snapshot_history(deps: Deps):
    """Otherwise each claim would skip the deleted marks of five minutes."""
    name = "minSnapshotHistoryWindowInSeconds"
    assert deps.store.database.client.admin.command({"getParameter": 1, name: 1})[name] == 0


def _events(deps: Deps) -> object:
    database = deps.store.database.with_options(write_concern=WriteConcern(2))
    open_ = Event(id="a" * 32, workspace="b" * 16, kind=EventKind.OPEN, at=deps.now(), received=deps.now(), verdict=PERSON)
    return insert_events(Connection(database, deps.store.keyring), [open_])


def _once(deps: Deps) -> object:
    rows = deps.store.database.deliveries.with_options(write_concern=WriteConcern(2))
    return insert_once(rows, [{"_id": "a"}])


@pytest.mark.parametrize("insert", [_events, _once])
def test_a_write_without_majority_raises(deps: Deps, insert: Callable[[Deps], object]):
    """The document exists, but may be lost with its only member. The caller must repeat the write, also where the document exists."""
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
def test_these_errors_mean_unavailable(error: PyMongoError):
    """The call is valid and is repeated."""
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        OperationFailure("bad query", 2),
        BulkWriteError({"writeErrors": [{"index": 0, "code": 11000, "errmsg": "there already"}], "writeConcernErrors": []}),
        PyMongoError("no idea"),
    ],
)
def test_these_errors_do_not_mean_unavailable(error: PyMongoError):
    """A repeated call would fail again."""
    assert not is_away(error)
