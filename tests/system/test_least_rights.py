"""Leadlight with password-protected databases, as in deploy/compose.yaml: `readWrite` on one database is enough."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from tests.ports import free_ports
from tests.system.stack import running_stack, wait_for
from tracker.embedded.binaries import mongod_binary, valkey_binary
from tracker.embedded.servers import die_with_parent

PASSWORD, ADMIN, VALKEY = "app-password", "admin-password", "valkey-password"


@contextlib.contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, preexec_fn=die_with_parent)  # noqa: PLW1509 - only a libc call
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def urls(tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """(MONGO_URL, REDIS_URL, the admin's URL); users are created as in deploy/mongo_users.js, with the localhost exception."""
    mongo_port = free_ports()
    valkey_port, key = mongo_port + 1, tmp_path / "keyfile"
    key.write_text("a" * 64)
    key.chmod(0o600)
    for name in ("mongo", "valkey"):
        (tmp_path / name).mkdir()
    options = ["--port", str(mongo_port), "--replSet", "leadlight", "--keyFile", str(key), "--bind_ip", "127.0.0.1", "--noscripting"]
    mongod = [str(mongod_binary()), "--dbpath", str(tmp_path / "mongo"), "--networkMessageCompressors", "disabled", *options]
    valkey = [str(valkey_binary()), "--port", str(valkey_port), "--requirepass", VALKEY, "--dir", str(tmp_path / "valkey")]
    with running(mongod, tmp_path / "mongod.log"), running(valkey, tmp_path / "valkey.log"):
        here = f"127.0.0.1:{mongo_port}"
        make_users(here)
        with redis.Redis(port=valkey_port) as client, pytest.raises(redis.AuthenticationError):
            client.ping()
        app = f"mongodb://leadlight:{PASSWORD}@{here}/leadlight?replicaSet=leadlight"
        yield app, f"redis://:{VALKEY}@127.0.0.1:{valkey_port}/0", f"mongodb://admin:{ADMIN}@{here}/?directConnection=true"


def make_users(here: str) -> None:
    with MongoClient(f"mongodb://{here}/?directConnection=true", serverSelectionTimeoutMS=60_000) as client:
        client.admin.command("replSetInitiate", {"_id": "leadlight", "members": [{"_id": 0, "host": here}]})
        wait_for(lambda: bool(client.admin.command("hello")["isWritablePrimary"]), lambda: "no primary")
    until = time.monotonic() + 60
    while True:
        with MongoClient(f"mongodb://{here}/?directConnection=true") as client:
            try:
                client.admin.command("createUser", "admin", pwd=ADMIN, roles=["root"])
                break
            except PyMongoError:
                assert time.monotonic() < until
    with MongoClient(f"mongodb://admin:{ADMIN}@{here}/?directConnection=true") as client:
        client.leadlight.command("createUser", "leadlight", pwd=PASSWORD, roles=[{"role": "readWrite", "db": "leadlight"}])


def test_read_and_write_on_one_database_is_enough(urls: tuple[str, str, str], tmp_path: Path):
    """Start with indexes, API writes, jobs, backup, key rotation, and a restore."""
    mongo_url, redis_url, admin_url = urls
    environ = {
        "DATA": str(tmp_path / "var"),
        "PORT": str(free_ports()),
        "LEADLIGHT_CONFIG": os.devnull,
        "LEADLIGHT_PASSPHRASE": "lantern harbor quilt",
        "MONGO_URL": mongo_url,
        "REDIS_URL": redis_url,
    }
    backup, base = str(tmp_path / "b"), f"http://127.0.0.1:{environ['PORT']}"
    with running_stack(environ) as stack:
        stack.wait_ready()
        headers = {"Authorization": f"Bearer {stack.command('key', 'new').stdout.strip()}"}
        with httpx.Client(timeout=60, base_url=f"{base}/api/v1", headers=headers) as api:
            channel = api.put("/team/channels/slack", json={"bot_token": "xoxb-1234-5678-9012", "channel": "#sales"})
            lead = api.post("/leads", json={"email": "dana@acme.example", "name": "Dana Whitfield"})
            rules = api.put("/rules", json={"items": []})
        assert [answer.status_code for answer in (channel, lead, rules)] == [200, 201, 200]
        stack.wait_for(lambda: httpx.get(f"{base}/readyz").status_code == 200)
        with redis.Redis.from_url(redis_url) as client:
            stack.wait_for(lambda: bool(client.smembers("rq:workers")))
        for words in (("backup", backup), ("keys", "rotate", "--secrets"), ("doctor",), ("upgrade",)):
            done = stack.command(*words)
            assert done.returncode == 0, (words, done.stdout, done.stderr)
        said = stack.output()
    assert "refuses" not in said
    restored = stack.command("restore", backup, "--force", "--json")
    assert (restored.returncode, '"type_again": []' in restored.stdout) == (0, True), restored.stderr
    with MongoClient(admin_url) as client:
        assert [row["name"] for row in client.leadlight.channels.find({})] == ["slack"]
        assert "xoxb" not in str(list(client.leadlight.channels.find({})))
    with MongoClient(mongo_url) as client, pytest.raises(OperationFailure):
        client.other.x.insert_one({})
