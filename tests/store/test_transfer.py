"""The transfer to another MongoDB: what is written, changed and deleted meanwhile arrives, and an interrupted one goes on."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from bson import Int64, Timestamp
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.scenes import make_scene
from tracker.base.errors import LeadlightError
from tracker.embedded.servers import servers as running_servers
from tracker.store.core.client import is_away
from tracker.store.transfer.documents import id_of, now_in, write
from tracker.store.transfer.fence import allow_writes, refuse_writes, refuses_writes
from tracker.store.transfer.transfer import STATE, Transfer


@pytest.fixture
def databases(deps, servers) -> Iterator[tuple[Any, Any]]:
    """The test database and an empty one, without time limits."""
    with MongoClient(servers[0], w="majority") as client:
        source = client.get_default_database()
        target = client[f"{source.name}_moved"]
        client.drop_database(target.name)
        yield source, target
        client.drop_database(target.name)


def rows(database: Any) -> dict[str, list[Any]]:
    names = [name for name in database.list_collection_names() if not name.startswith("system.")]
    found = {name: sorted(database[name].find({}), key=lambda row: str(row["_id"])) for name in names}
    return {name: documents for name, documents in found.items() if documents}


def finish(transfer: Transfer) -> None:
    transfer.copy(lambda _: None)
    transfer.keep_up()
    transfer.compare()
    transfer.catch_up(30)
    assert transfer.differences() == []
    transfer.finish()


def test_what_changes_meanwhile_arrives_although_the_transfer_is_killed(deps, databases, servers):
    """Three runs, each left behind; a thread writes, changes and deletes all the time."""
    source, target = databases
    scene = make_scene(deps)
    for number in range(3):
        scene.click(scene.message(scene.lead(f"Lead{number} Reed")), deps.now())
    scene.spool()
    scene.settle()
    source.odd.insert_many([{"_id": key, "n": Int64(1), "at": Timestamp(5, 1)} for key in (1, "one", b"1", 2.5)])
    over = threading.Event()

    def write() -> None:
        with MongoClient(servers[0], w="majority") as client:
            own, number = client[source.name], 0
            while not over.wait(0.002):
                number += 1
                own.odd.insert_one({"_id": f"n{number}", "text": "x" * 50})
                own.odd.update_one({"_id": f"n{number // 2}"}, {"$set": {"text": "y", "at": deps.now()}})
                own.odd.delete_one({"_id": f"n{number // 3}"})

    writing = threading.Thread(target=write)
    writing.start()
    try:
        first = Transfer(source, target)
        assert not first.begin()
        first.copy(lambda _: None)
        first.close()
        second = Transfer(source, target)
        assert second.begin()
        assert second.catch_up(30) > 0
        second.compare()
        second.close()
    finally:
        over.set()
        writing.join()
    last = Transfer(source, target)
    assert last.begin()
    finish(last)
    assert rows(target) == rows(source)
    assert type(target.odd.find_one({"_id": 1})["n"]) is Int64


def test_a_difference_is_found_and_a_strange_target_refused(deps, databases):
    """By bytes, also of a document that no one changed through the source; the new database must be empty, or of this transfer."""
    source, target = databases
    make_scene(deps)
    transfer = Transfer(source, target)
    transfer.begin()
    transfer.copy(lambda _: None)
    assert (transfer.compare(), transfer.differences()) == (0, [])
    target.workspaces.update_one({}, {"$set": {"name": "Southwind"}})
    assert transfer.compare() == 1
    assert [text.split()[0] for text in transfer.differences()] == ["workspaces"]
    target.reps.delete_many({})
    assert "reps" in transfer.differences()
    transfer.close()

    target[STATE].update_one({"_id": "state"}, {"$set": {"origin": "another"}})
    with pytest.raises(LeadlightError, match="another MongoDB"):
        Transfer(source, target).begin()
    target[STATE].drop()
    with pytest.raises(LeadlightError, match="not empty"):
        Transfer(source, target).begin()


def test_unique_values_change_hands_while_they_are_followed(deps, databases):
    """A document arrives in its newest state, which may hold what another document of the target still holds."""
    source, target = databases
    source.odd.create_index("n", unique=True)
    source.odd.insert_many([{"_id": key, "n": number} for number, key in enumerate("abc")])
    transfer = Transfer(source, target)
    transfer.begin()
    transfer.copy(lambda _: None)
    target.odd.create_index("n", unique=True)
    transfer.compare()
    source.odd.update_one({"_id": "a"}, {"$set": {"seen": 1}})
    for key, number in (("b", 9), ("a", 1), ("b", 0), ("c", 8), ("b", 2), ("c", 0)):
        source.odd.update_one({"_id": key}, {"$set": {"n": number}})
    source.odd.delete_one({"_id": "c"})
    source.odd.insert_one({"_id": "d", "n": 0})
    transfer.catch_up(30)
    assert transfer.differences() == []
    assert rows(target)["odd"] == rows(source)["odd"]

    changed = id_of("a")  # only the newest state of `a` is known yet, and `b` of the target is to give up its value
    source.odd.update_one({"_id": "b"}, {"$set": {"n": 7}})
    source.odd.update_one({"_id": "a"}, {"$set": {"n": 2}})
    write(source, target, "odd", now_in(source, "odd", [changed]))
    assert rows(target)["odd"] == rows(source)["odd"]


def test_the_fence_refuses_writes_until_it_is_lifted(tmp_path):
    """Reads, and the transfer of what was written before, go on. The product takes a refused write for a server that is away."""
    with running_servers(tmp_path, is_durable=False) as urls, MongoClient(urls[0], w="majority") as client:
        source, target = client.get_default_database(), client["moved"]
        transfer = Transfer(source, target)
        source.odd.insert_one({"_id": 1})
        transfer.begin()
        transfer.copy(lambda _: None)
        transfer.compare()
        source.odd.update_one({"_id": 1}, {"$set": {"n": 2}})
        assert not refuses_writes(source)
        refuse_writes(source)
        assert refuses_writes(source)
        with pytest.raises(PyMongoError) as refused:
            source.odd.insert_one({"_id": 2})
        assert is_away(refused.value)
        assert source.odd.find_one({"_id": 1}) == {"_id": 1, "n": 2}
        allow_writes(source)
        allow_writes(source)
        assert not refuses_writes(source)
        transfer.catch_up(30)
        assert transfer.differences() == []
        transfer.close()
