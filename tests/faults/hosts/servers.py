"""The database servers of the hosts: a replica set with a member on each, a Valkey on the first two, a Sentinel on each."""

import contextlib
from collections.abc import Sequence
from typing import Any

import redis
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis.sentinel import MasterNotFoundError, Sentinel

from tests.faults.hosts.machine import PORT, Machine
from tests.system.stack import wait_for
from tracker.embedded.binaries import mongod_binary, valkey_binary

_MONGO, _VALKEY, _SENTINEL = PORT + 20, PORT + 30, PORT + 40
_SET, _NAME, _PASSWORD = "several", "hints", "several-hosts"
_DOWN_MS = 2000


class ReplicaSet:
    """Three members with MongoDB's own defaults: a new primary is elected ten seconds after the last one was heard."""

    def __init__(self, machines: Sequence[Machine]) -> None:
        self._machines = machines
        for machine in machines:
            data = machine.folder / "mongod"
            data.mkdir()
            command = [str(mongod_binary()), "--dbpath", str(data), "--replSet", _SET, "--bind_ip", machine.address, "--port", str(_MONGO)]
            command += ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "128", "--logpath", str(data / "log"), "--logappend"]
            machine.add_server("mongod", [*command, "--nounixsocket"])

    @property
    def url(self) -> str:
        return f"mongodb://{','.join(f'{each.address}:{_MONGO}' for each in self._machines)}/leadlight?replicaSet={_SET}"

    def found(self) -> None:
        """Makes the members a set, once they listen."""
        for machine in self._machines:
            wait_for(lambda one=machine: self._hello(one) is not None, lambda: "a member does not listen", 120)
        members = [{"_id": number, "host": f"{each.address}:{_MONGO}"} for number, each in enumerate(self._machines)]
        self._ask(self._machines[0], "replSetInitiate", {"_id": _SET, "members": members})
        wait_for(self.is_whole, lambda: "the members do not find together", 120)

    def primary(self) -> Machine | None:
        """The host of the primary."""
        return next((each for each in self._machines if (self._hello(each) or {}).get("isWritablePrimary")), None)

    def is_whole(self) -> bool:
        """Whether there is a primary with two secondaries."""
        primary = self.primary()
        if primary is None:
            return False
        with contextlib.suppress(PyMongoError):
            states = [member["stateStr"] for member in self._ask(primary, "replSetGetStatus", 1)["members"]]
            return sorted(states) == ["PRIMARY", "SECONDARY", "SECONDARY"]
        return False

    def _hello(self, machine: Machine) -> dict[str, Any] | None:
        with contextlib.suppress(PyMongoError):
            return self._ask(machine, "hello", 1)
        return None

    def _ask(self, machine: Machine, command: str, value: object) -> dict[str, Any]:
        url = f"mongodb://{machine.address}:{_MONGO}/?directConnection=true"
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=2000, socketTimeoutMS=10_000) as client:
            return client.admin.command(command, value)


class Hints:
    """A Valkey with a replica, and three Sentinels."""

    def __init__(self, machines: Sequence[Machine]) -> None:
        self._machines, self._data = machines, machines[:2]
        first = machines[0].address
        for machine in self._data:
            lines = [f"requirepass {_PASSWORD}", f"masterauth {_PASSWORD}", "appendonly yes", 'save ""', "repl-diskless-sync-delay 0"]
            lines += [] if machine is machines[0] else [f"replicaof {first} {_VALKEY}"]
            _add(machine, "valkey", _VALKEY, lines)
        for machine in machines:
            lines = [f"sentinel monitor {_NAME} {first} {_VALKEY} 2", f"sentinel auth-pass {_NAME} {_PASSWORD}"]
            lines += [f"sentinel down-after-milliseconds {_NAME} {_DOWN_MS}", f"sentinel failover-timeout {_NAME} 6000"]
            _add(machine, "sentinel", _SENTINEL, lines)
        self._asked = Sentinel([(each.address, _SENTINEL) for each in machines], socket_timeout=2)

    @property
    def url(self) -> str:
        hosts = ",".join(f"{each.address}:{_SENTINEL}" for each in self._machines)
        return f"redis+sentinel://:{_PASSWORD}@{hosts}/{_NAME}/0"

    def primary(self) -> Machine | None:
        """The host of the primary, if the Sentinels agree on one that answers as such."""
        with contextlib.suppress(MasterNotFoundError, redis.RedisError):
            address = self._asked.discover_master(_NAME)[0]
            with redis.Redis(host=address, port=_VALKEY, password=_PASSWORD, socket_timeout=2) as client:
                if client.role()[0] == b"master":
                    return next(each for each in self._data if each.address == address)
        return None

    def is_whole(self) -> bool:
        """Whether there is a primary with its replica, and every Sentinel knows both and the other Sentinels."""
        if self.primary() is None:
            return False
        with contextlib.suppress(redis.RedisError):
            found = [asked.sentinel_master(_NAME) for asked in self._asked.sentinels]
            return all(row["num-other-sentinels"] == len(self._machines) - 1 for row in found) and bool(self._asked.discover_slaves(_NAME))
        return False


def _add(machine: Machine, name: str, port: int, lines: list[str]) -> None:
    folder = machine.folder / name
    folder.mkdir()
    own = [f"port {port}", f"bind {machine.address}", f"dir {folder}", "protected-mode no"]
    (folder / "server.conf").write_text("\n".join([*own, *lines]) + "\n")
    machine.add_server(name, [str(valkey_binary()), str(folder / "server.conf"), *(["--sentinel"] if name == "sentinel" else [])])
