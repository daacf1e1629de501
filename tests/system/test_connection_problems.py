"""Each reason why MongoDB or Redis cannot be used is told apart, by servers with passwords and TLS."""

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.ports import free_ports
from tracker.actions.deps import open_redis
from tracker.cli.checks.outside import clock_check
from tracker.embedded.binaries import mongod_binary, valkey_binary
from tracker.redis_client import ClusterRefused, refuse_cluster
from tracker.store.core.client import open_database
from tracker.store.core.connection_problems import mongo_problem, redis_problem


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@contextlib.contextmanager
def running(command: list[str | Path], port: int) -> Iterator[int]:
    """The server, once it listens."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while server.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., contextlib.AbstractContextManager[int]]:
    """Starts a server of its own with more arguments."""

    def start(*more: str | Path) -> contextlib.AbstractContextManager[int]:
        port = free_ports(1)
        own = ["--dbpath", tmp_path_factory.mktemp("db"), "--port", str(port), "--bind_ip", "127.0.0.1,::1", "--ipv6"]
        return running([mongod_binary(), *own, "--wiredTigerCacheSizeGB", "0.25", *more], port)

    return start


def mongo_says(url: str) -> str:
    """The problem with this URL, or nothing."""
    try:
        database = open_database(url)
        try:
            database.meta.find_one({})
        finally:
            database.client.close()
    except (PyMongoError, OSError, ValueError) as error:
        return str(mongo_problem(error, url))
    return ""


def redis_says(url: str) -> str:
    """The problem with this URL, or nothing."""
    try:
        with contextlib.closing(open_redis(url)) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        return str(redis_problem(error, url))
    return ""


def test_mongodb_refuses_a_user_or_password(mongod) -> None:
    """With the hints on authSource and percent-encoding; the password is never told."""
    with mongod("--auth") as port:
        admin: MongoClient = MongoClient(f"mongodb://127.0.0.1:{port}")
        admin.admin.command("createUser", "lead", pwd="p@ss", roles=["readWriteAnyDatabase"])
        admin.close()
        where = f"127.0.0.1:{port}/leadlight"
        assert mongo_says(f"mongodb://lead:p%40ss@{where}?authSource=admin") == ""
        assert mongo_says(f"mongodb://lead:p%40ss@[::1]:{port}/leadlight?authSource=admin") == ""
        wrong = mongo_says(f"mongodb://lead:s3cret@{where}")
        assert wrong.startswith(f"MongoDB at 127.0.0.1:{port} refuses the user or the password in MONGO_URL.")
        assert ("authSource=admin" in wrong, "%40" in wrong, "s3cret" in wrong) == (True, True, False)
        assert "authSource" not in mongo_says(f"mongodb://lead:no@{where}?authSource=admin")
        assert "asks for a user and a password" in mongo_says(f"mongodb://{where}")
        escaped = mongo_says(f"mongodb://lead:p@ss@{where}")
        assert ("special characters" in escaped, "p@ss" in escaped) == (True, False)
        assert "does not speak TLS" in mongo_says(f"mongodb://{where}?tls=true")
        assert "is not in the replica set" in mongo_says(f"mongodb://{where}?replicaSet=other")


def test_mongodb_expects_tls(mongod, certificate: Path) -> None:
    """A connection without TLS, and a certificate that is not trusted."""
    with mongod("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", certificate) as port:
        assert "If it expects TLS, add tls=true to MONGO_URL" in mongo_says(f"mongodb://127.0.0.1:{port}/leadlight")
        assert "is not trusted. Give the certificate" in mongo_says(f"mongodb://127.0.0.1:{port}/leadlight?tls=true")
        assert mongo_says(f"mongodb://127.0.0.1:{port}/leadlight?tls=true&tlsCAFile={certificate}") == ""


def test_a_server_that_is_not_there_is_told_apart() -> None:
    """Refused, an unknown name, and no answer."""
    port = free_ports(1)
    assert mongo_says(f"mongodb://127.0.0.1:{port}/x").startswith(f"Nothing listens at 127.0.0.1:{port}.")
    assert redis_says(f"redis://127.0.0.1:{port}/0").startswith(f"Nothing listens at 127.0.0.1:{port}.")
    assert redis_says("unix:///nowhere/valkey.sock").startswith("There is no socket /nowhere/valkey.sock.")
    for says in (mongo_says("mongodb://dana:s3cret@nowhere.invalid/x"), redis_says("redis://:s3cret@nowhere.invalid/0")):
        assert ("host name" in says, "nowhere.invalid" in says, "s3cret" in says) == (True, True, False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "does not answer in time" in mongo_says(f"mongodb://127.0.0.1:{port}/x")
        assert "does not answer in time" in redis_says(f"redis://127.0.0.1:{port}/0")
        assert "write redis:// in REDIS_URL" in redis_says(f"rediss://127.0.0.1:{port}/0")


def test_redis_refuses_a_password() -> None:
    """Missing, and wrong."""
    port = free_ports(1)
    with running([valkey_binary(), "--port", str(port), "--requirepass", "pw", "--save", ""], port):
        assert redis_says(f"redis://:pw@127.0.0.1:{port}/0") == ""
        assert redis_says(f"redis://:pw@[::1]:{port}/0") == ""
        assert "asks for a password" in redis_says(f"redis://127.0.0.1:{port}/0")
        wrong = redis_says(f"redis://:s3cret@127.0.0.1:{port}/0")
        assert ("refuses the user or the password in REDIS_URL" in wrong, "%40" in wrong, "s3cret" in wrong) == (True, True, False)
        assert "not a valid URL" in redis_says(f"redis://:a#b@127.0.0.1:{port}/0")


def test_redis_in_cluster_mode_is_refused(tmp_path: Path) -> None:
    """By one sentence; a user who may not ask for the mode is not held up."""
    port = free_ports(1)
    own = [valkey_binary(), "--port", str(port), "--save", "", "--dir", tmp_path]
    address = f"127.0.0.1:{port}/0"
    with running([*own, "--cluster-enabled", "yes"], port), pytest.raises(ClusterRefused, match="cluster mode"):
        refuse_cluster(open_redis(f"redis://{address}"))
    few = [*own, "--user", *["app", "on", ">pw", "~*", "&*", "+@all", "-info"]]
    with running(few, port), contextlib.closing(open_redis(f"redis://app:pw@{address}")) as client:
        refuse_cluster(client)


def test_sentinels_that_know_no_primary() -> None:
    """None listens; the password is never told."""
    says = redis_says(f"redis+sentinel://:s3cret@127.0.0.1:{free_ports(1)},nowhere.invalid/hints")
    assert ("No Sentinel at 127.0.0.1:" in says, "s3cret" in says) == (True, False)


def test_redis_expects_tls(certificate: Path) -> None:
    """A TLS server closes a plain connection; its certificate must be trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    with contextlib.suppress(OSError, ssl.SSLError), peer, context.wrap_socket(peer, server_side=True) as wrapped:
                        wrapped.recv(10)

        threading.Thread(target=serve, daemon=True).start()
        port = server.getsockname()[1]
        assert "If it expects TLS, write rediss:// in REDIS_URL" in redis_says(f"redis://127.0.0.1:{port}/0")
        assert "is not trusted" in redis_says(f"rediss://127.0.0.1:{port}/0")


@pytest.mark.parametrize(
    ("skew", "took", "level", "text"),
    [(0, 0.1, "ok", "agrees"), (-90, 0.1, "warn", "90 s behind"), (7200, 0.1, "warn", "7,200 s ahead of"), (0, 3, "warn", "took 3.0 s")],
)
def test_a_clock_that_is_wrong_is_found(skew: float, took: float, level: str, text: str) -> None:
    """By more than the time that the question took."""
    found = clock_check("MongoDB", timedelta(seconds=skew), timedelta(seconds=took))
    assert (found.level, text in found.text) == (level, True)
