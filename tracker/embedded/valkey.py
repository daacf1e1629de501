"""Command line and readiness of the embedded `valkey-server`: append-only file, synced every second, unix socket only."""

import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_TICK_SECONDS = 0.02


def valkey_command(program: Path, *, data: Path, socket: Path, log: Path | None = None) -> list[str]:
    """The command line. `data` and the folder of `socket` must exist. Logs to `log`, else to stdout. Opens no TCP port."""
    command = [str(program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "600"]
    command += ["--slowlog-log-slower-than", "-1"]  # the slow log would keep commands with their arguments
    command += ["--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    return [*command, "--databases", "64", "--daemonize", "no", "--logfile", str(log or "")]


def valkey_url(socket: Path, database: int = 0) -> str:
    """The URL of a numbered database on this socket."""
    return f"unix://{socket}?db={database}"


def is_valkey_up(socket: Path) -> bool:
    """Whether the server responds and has loaded its data."""
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def wait_for_valkey(socket: Path, *, seconds: float = 30) -> None:
    """Waits until the server responds. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while not is_valkey_up(socket):
        if time.monotonic() > until:
            raise TimeoutError(f"valkey-server did not become ready within {seconds:.0f} s; see its log")
        time.sleep(_TICK_SECONDS)
