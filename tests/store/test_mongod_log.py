"""The log of mongod: no personal data, whatever operation fails; it has the reason of a failed start."""

import contextlib
import json
import subprocess
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tracker.embedded.binaries import mongod_binary
from tracker.embedded.mongod import mongod_command
from tracker.embedded.mongod_log import filtered
from tracker.embedded.servers import servers

PERSON = "dana.whitfield@personal.example"


def fail_in_every_way(url):
    """Slow, timed out, duplicate, invalid and killed operations, each with a personal text in query and document."""
    with MongoClient(url) as client:
        base = client.get_default_database()
        rows = base.people
        rows.insert_many([{"_id": n, "email": PERSON if n < 2 else f"{n}{PERSON}", "n": n} for n in range(3000)])
        base.create_collection("strict", validator={"$jsonSchema": {"required": ["name"]}})
        base.create_collection("warned", validator={"$jsonSchema": {"required": ["name"]}}, validationAction="warn")
        slow = {"email": {"$regex": f"(a+)+{PERSON}z", "$options": "i"}}
        sleepy = {"$where": f"sleep(1) || '{PERSON}'"}
        late = {"maxTimeMS": 1}
        stuck = [{"$match": {"email": {"$regex": PERSON}}}, {"$lookup": {"from": "people", "let": {"n": "$n"}, "as": "y",
                 "pipeline": [{"$match": {"$expr": {"$eq": ["$$n", "$nn"]}}}]}}]  # fmt: skip
        tries = [
            lambda: rows.insert_one({"_id": 1, "email": PERSON}),
            lambda: rows.insert_one({"_id": PERSON, "email": "x" * (16 << 20)}),
            lambda: rows.create_index("email", unique=True),
            lambda: base.strict.insert_one({"email": PERSON}),
            lambda: base.warned.insert_one({"email": PERSON}),
            lambda: rows.update_one({"_id": 3}, {"$push": {"email": PERSON}}),
            lambda: list(rows.find(slow)),
            lambda: list(rows.find(sleepy)),
            lambda: list(rows.find({"email": PERSON, "$expr": {"$divide": ["$email", 2]}})),
            lambda: list(rows.aggregate(stuck, maxTimeMS=300)),
            lambda: base.command({"find": "people", "filter": {"$or": [slow, {"email": PERSON}]}, **late}),
            lambda: base.command({"aggregate": "people", "pipeline": stuck, "cursor": {}, **late}),
            lambda: base.command({"count": "people", "query": slow, **late}),
            lambda: base.command({"distinct": "people", "key": "email", "query": slow, **late}),
            lambda: base.command({"findAndModify": "people", "query": slow, "update": {"$set": {"e": PERSON}}, **late}),
            lambda: base.command({"update": "people", "updates": [{"q": slow, "u": {"$set": {"e": PERSON}}, "multi": True}], **late}),
            lambda: base.command({"delete": "people", "deletes": [{"q": slow, "limit": 0}], **late}),
            lambda: base.command({"find": "people", "filter": {"$bad": PERSON}}),
            lambda: base.command({PERSON.replace(".", ""): 1}),
        ]
        for attempt in tries:
            with contextlib.suppress(PyMongoError):
                attempt()
        return len(tries)


def test_no_operation_leaves_personal_data_in_the_log(tmp_path):
    """A higher threshold of slow operations is not enough: failed ones are logged with their query."""
    with servers(tmp_path) as (url, _):
        assert fail_in_every_way(url)
    log = (tmp_path / "mongod.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]

    assert "personal" not in log
    assert {23798, 20294} <= {line["id"] for line in lines}, "none of what fails was logged: this test shows nothing any more"
    assert [line for line in lines if line["msg"] == "Slow query"] == []
    started = next(line for line in lines if line["msg"] == "Options set by command line")
    assert started["attr"]["options"]["net"]["compression"] == {"compressors": "disabled"}


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ({"c": "QUERY", "id": 1, "msg": "m", "attr": {"cmd": {"n": 1}, "error": {"code": 50, "codeName": "X", "errmsg": PERSON}}}, {"error": {"code": 50, "codeName": "X"}}),
        ({"c": "STORAGE", "id": 1, "msg": "m", "attr": {"error": f"DuplicateKey{{ a: '{PERSON}' }}: E11000", "namespace": "a.b"}}, {"error": "DuplicateKey", "namespace": "a.b"}),
        ({"c": "NEW", "id": 1, "msg": "m", "attr": {"count": 3, "who": PERSON, "list": [PERSON]}}, {"count": 3}),
        ({"c": "CONTROL", "id": 1, "msg": "m", "attr": {"error": "Location1: why it ends"}}, {"error": "Location1: why it ends"}),
        ({"c": "STORAGE", "id": 22435, "msg": "m", "attr": {"message": "no space left"}}, {"message": "no space left"}),
        ({"c": "WRITE", "id": 1, "msg": "m", "attr": [PERSON]}, None),
    ],
)  # fmt: skip
def test_the_parts_of_a_line_that_are_kept(line, kept):
    """Numbers, names and codes; complete lines only where they cannot contain operations."""
    assert json.loads(filtered(json.dumps(line).encode() + b"\n")).get("attr") == kept


def test_an_invalid_line_is_left_out():
    """It may be part of a query."""
    assert PERSON.encode() not in filtered(b'{"c":"QUERY","attr":{"cmd":"' + PERSON.encode())
    assert filtered(b"Error parsing command line\n") == b"Error parsing command line\n"


def test_the_log_has_the_reason_of_a_failed_start(tmp_path: Path):
    """The exit code is that of mongod, and no process remains."""
    command = mongod_command(mongod_binary(), data=tmp_path / "missing", socket=tmp_path / "s.sock")
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, "missing not found" in ended.stdout) == (100, True), ended.stdout
