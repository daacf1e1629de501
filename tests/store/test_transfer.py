"""The transfer to another MongoDB: what is written, changed and deleted meanwhile arrives, and an interrupted one goes on."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from bson import Int64, Timestamp
from pymongo import MongoClient

from tests.scenes import make_scene
from tracker.base.errors import LeadlightError
from tracker.store.transfer import STATE, Transfer


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
    while transfer.follow():
        pass
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
            while not over.is_set():
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
        assert second.follow() > 0
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
