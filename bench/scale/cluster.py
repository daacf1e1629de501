"""Several hosts on this machine: edges with a folder and a name of their own, workers, a console, a replica set, Valkey. No process is niced."""

import contextlib
import http.client
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pymongo
from pymongo.errors import PyMongoError

from bench.cases.scored import wait
from bench.scale.usage import Usage, counters, io_of
from bench.targets.process import ChildProcess, child_process, cpu_seconds, memory_mb, process_tree, responds
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import load
from tracker.embedded.binaries import mongod_binary, valkey_binary

_VALKEY, _PROBES, _HOSTS = 9, 10, 100
_HOST_PORTS = 10
_READY_SECONDS = 240
_GUNICORN = ("-m", "gunicorn", "-c")
_COMMANDS = {
    "drain": ("-m", "workers.drain.process"),
    "edge": (*_GUNICORN, "deploy/gunicorn_edge.py", "tracker.web.edge.app:app"),
    "live": ("-m", "workers.main", "live"),
    "notify": ("-m", "notifier.main"),
    "schedule": ("-m", "workers.periodic.schedule"),
    "console": (*_GUNICORN, "deploy/gunicorn_console.py", "tracker.web.console.app:app"),
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The running processes by name: role and number."""

    deps: Deps
    processes: Mapping[str, ChildProcess]
    ports: Mapping[str, int]
    """Of the first process of each role with a port: `edge0`, `console0`; and of the probes."""
    _paused: set[str] = field(default_factory=set)

    def used(self) -> Usage:
        """What each role has used until now."""
        roles = sorted({_role(name) for name in self.processes})
        admin = self.deps.store.database.client.admin
        network = admin.command("serverStatus")["network"]
        return Usage(
            cpu={role: sum(map(cpu_seconds, self._pids(role))) for role in roles},
            written={role: sum(io_of(pid).get("write_bytes", 0) for pid in self._pids(role)) for role in roles},
            writes={role: sum(io_of(pid).get("syscw", 0) for pid in self._pids(role)) for role in roles},
            network=network["bytesIn"] + network["bytesOut"],
            counters=self._counters(),
        )

    def memory(self, role: str) -> float:
        """Megabytes of a role, memory that several processes share divided among them."""
        return sum(memory_mb(pid)[1] for pid in self._pids(role))

    def pause(self, *roles: str) -> None:
        """Stops the processes of roles where they are."""
        self._signal(signal.SIGSTOP, roles)
        self._paused.update(roles)

    def resume(self, *roles: str) -> None:
        """Goes on."""
        self._signal(signal.SIGCONT, roles)
        self._paused.difference_update(roles)

    def events(self) -> int:
        """Events in MongoDB, by its estimate."""
        return self.deps.store.database.events.estimated_document_count()

    def is_done(self) -> bool:
        """Whether no mark is left."""
        return not self.deps.store.database.dirty.estimated_document_count()

    def _pids(self, role: str) -> list[int]:
        return [pid for name, child in self.processes.items() if _role(name) == role for pid in process_tree(child.process.pid)]

    def _signal(self, number: signal.Signals, roles: tuple[str, ...]) -> None:
        for name, child in self.processes.items():
            if _role(name) in roles:
                child.process.send_signal(number)

    def _counters(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, port in self.ports.items():
            if name.startswith("probe ") and _role(name.removeprefix("probe ")) not in self._paused:  # those would not answer
                with contextlib.suppress(OSError, http.client.HTTPException):
                    for counter, value in counters(port).items():
                        found[counter] = found.get(counter, 0.0) + value
        return found


@contextlib.contextmanager
def running_cluster(folder: Path, port: int, roles: Mapping[str, int], members: int, **settings: str) -> Iterator[Cluster]:
    """`roles`: how many processes of each; edges bring a drain each. Uses the 200 ports from `port` on."""
    with contextlib.ExitStack() as exits:
        processes: dict[str, ChildProcess] = {}

        def start(name: str, command: list[str], environ: Mapping[str, str] | None = None) -> None:
            processes[name] = exits.enter_context(child_process(name, command, folder, environ))

        start("valkey0", [str(valkey_binary()), "--port", str(port + _VALKEY), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""])
        environ = {
            "MONGO_URL": _replica_set(folder, port, members, start),
            "REDIS_URL": f"redis://127.0.0.1:{port + _VALKEY}/0",
            "SIGNING_KEYS_FILE": str(folder / "signing.json"),
            "LEADLIGHT_CONFIG": str(folder / "none.toml"),
            "EDGE_WORKERS": "1",
            "DNS_SERVERS": "off",
            **settings,
        }
        deps = open_deps(load(environ | {"DATA": str(folder / "shared")}))
        exits.callback(deps.store.database.client.close)
        deps.store.ensure_indexes()
        ports = _start_roles(folder, port, {**roles, "drain": roles["edge"]}, environ, start)
        for name in (one for one in ports if one.startswith("probe ")):
            processes[name.removeprefix("probe ")].wait_until(responds(ports[name]), _READY_SECONDS)
        cluster = Cluster(deps, processes, ports)
        try:
            yield cluster
        finally:
            cluster.resume(*roles, "drain")  # a stopped process hears no other signal


def _start_roles(
    folder: Path, port: int, roles: Mapping[str, int], environ: Mapping[str, str], start: Callable[..., None]
) -> dict[str, int]:
    """Each edge is a host with its drain; everything else shares a folder. Returns the ports."""
    ports: dict[str, int] = {}
    for role, count in roles.items():
        for number in range(count):
            name, probe = f"{role}{number}", port + _PROBES + len(ports)
            is_edge = role in {"edge", "drain"}
            host = f"edge{number}" if is_edge else "shared"
            first = port + _HOSTS + _HOST_PORTS * (1 + number if is_edge else 0)
            mine = {"DATA": str(folder / host), "HOST_NAME": host, "PORT": str(first), "PROBE_PORT": str(probe)}
            start(name, [sys.executable, *_COMMANDS[role]], {**environ, **mine})
            ports[f"probe {name}"] = probe
            ports |= {name: first + 1} if role == "edge" else {name: first} if role == "console" else {}
    return ports


def _replica_set(folder: Path, port: int, members: int, start: Callable[..., None]) -> str:
    """Starts the members; the URL once they have a primary."""
    names = [f"127.0.0.1:{port + number}" for number in range(members)]
    for number in range(members):
        data = folder / f"mongod{number}"
        data.mkdir()
        command = [str(mongod_binary()), "--dbpath", str(data), "--port", str(port + number), "--bind_ip", "127.0.0.1", "--quiet"]
        command += ["--replSet", "bench", "--wiredTigerCacheSizeGB", "0.5", "--slowms", "2147483647"]
        start(f"mongod{number}", [*command, "--setParameter", "minSnapshotHistoryWindowInSeconds=0"])
    url = f"mongodb://{names[0]}/?directConnection=true"
    with pymongo.MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=60_000) as client:
        client.admin.command("replSetInitiate", {"_id": "bench", "members": [{"_id": n, "host": name} for n, name in enumerate(names)]})
        wait(lambda: _is_primary(client), "there is no primary", 60)
    return f"mongodb://{','.join(names)}/leadlight?replicaSet=bench"


def _is_primary(client: "pymongo.MongoClient[dict[str, object]]") -> bool:
    try:
        return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def _role(name: str) -> str:
    return name.rstrip("0123456789")
