"""A Valkey with a replica and three Sentinels, all from one program, with a password."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.sentinel import MasterNotFoundError, Sentinel

from tests.ports import free_ports
from tests.system.stack import wait_for
from tracker.embedded.binaries import valkey_binary
from tracker.embedded.servers import die_with_parent

_NAME, _PASSWORD = "hints", "p@ss:word"
_DOWN_MS = 2000


class Sentinels:
    """Two data servers and three Sentinels on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        first = free_ports(5)
        self.data, self._watching = (first, first + 1), (first + 2, first + 3, first + 4)
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self.start(first)
        self.start(first + 1, f"replicaof 127.0.0.1 {first}")
        for port in self._watching:
            self.start(
                port,
                f"sentinel monitor {_NAME} 127.0.0.1 {first} 2",
                f"sentinel auth-pass {_NAME} {_PASSWORD}",
                f"sentinel down-after-milliseconds {_NAME} {_DOWN_MS}",
                f"sentinel failover-timeout {_NAME} 6000",
            )
        self._asked = Sentinel([("127.0.0.1", port) for port in self._watching], socket_timeout=1)
        wait_for(self.is_whole, lambda: "the Sentinels do not find together", 60)

    @property
    def url(self) -> str:
        """The value of REDIS_URL."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._watching)
        return f"redis+sentinel://:p%40ss%3Aword@{hosts}/{_NAME}/0"

    def start(self, port: int, *lines: str) -> None:
        """Starts a server, with its configuration of before if it had one."""
        folder = self._folder / str(port)
        config = folder / "server.conf"
        if not config.exists():
            folder.mkdir()
            own = (f"port {port}", "bind 127.0.0.1", f"dir {folder}", *lines)
            if port in self.data:
                own += (f"requirepass {_PASSWORD}", f"masterauth {_PASSWORD}", "appendonly yes", 'save ""', "repl-diskless-sync-delay 0")
            config.write_text("\n".join(own) + "\n")
        command = [str(valkey_binary()), str(config), *(["--sentinel"] if port in self._watching else [])]
        with (folder / "log").open("ab") as log:
            self._running[port] = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=die_with_parent)  # noqa: PLW1509

    def primary(self) -> int | None:
        """The port of the primary, if the Sentinels agree on one that answers as such."""
        with contextlib.suppress(MasterNotFoundError, redis.RedisError):
            port = int(self._asked.discover_master(_NAME)[1])
            with redis.Redis(port=port, password=_PASSWORD, socket_timeout=1) as client:
                return port if client.role()[0] == b"master" else None
        return None

    def is_whole(self) -> bool:
        """Whether there is a primary with its replica, and every Sentinel knows both and the other Sentinels."""
        if self.primary() is None:
            return False
        try:
            found = [asked.sentinel_master(_NAME) for asked in self._asked.sentinels]
            replicas = [self._asked.discover_slaves(_NAME)]
        except redis.RedisError:
            return False
        return all(row["num-other-sentinels"] == len(self._watching) - 1 for row in found) and all(replicas)

    def kill_primary(self) -> int:
        """Kills the primary for good until `start`; returns its port."""
        port = self.primary()
        assert port is not None
        self._running[port].kill()
        self._running[port].wait()
        return port

    def stop(self) -> None:
        """Stops all."""
        for process in self._running.values():
            process.kill()
            process.wait()
        self._asked.close()


@contextlib.contextmanager
def running_sentinels(folder: Path) -> Iterator[Sentinels]:
    """Runs them for the block."""
    made = Sentinels(folder)
    try:
        yield made
    finally:
        made.stop()
