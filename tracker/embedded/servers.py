"""Runs both servers for a `with` block, for tests and benchmarks. `leadlight up` uses the supervisor instead."""

import contextlib
import ctypes
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tracker.embedded.binaries import mongod_binary, valkey_binary
from tracker.embedded.mongod import confirm_before_journal, mongo_url, mongod_command, wait_for_mongod
from tracker.embedded.valkey import valkey_command, valkey_url, wait_for_valkey

_PR_SET_PDEATHSIG = 1
_MAX_SOCKET_PATH = 100
_STOP_SECONDS = 10


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Asks Linux to signal this process when its parent dies. For `preexec_fn`."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


@contextlib.contextmanager
def servers(folder: Path, *, cache_gb: float = 0.25, is_durable: bool = True) -> Iterator[tuple[str, str]]:
    """Runs mongod and valkey-server with their data in `folder`; yields (mongo_url, redis_url) when both accept writes.

    If the data is not durable, MongoDB confirms majority writes before they are in its journal, in half the time.

    Both end with the block, and when this process is killed. Raises NoServer, TimeoutError.
    """
    folder = folder.resolve()
    with contextlib.ExitStack() as stack:
        sockets = folder
        if len(str(folder / "mongod.sock")) > _MAX_SOCKET_PATH:
            sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leadlight-")))
        for name in ("mongo", "valkey"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        mongo_socket, valkey_socket = sockets / "mongod.sock", sockets / "valkey.sock"
        log = stack.enter_context((folder / "mongod.log").open("ab"))
        command = mongod_command(mongod_binary(), data=folder / "mongo", socket=mongo_socket, cache_gb=cache_gb)
        stack.enter_context(_running(command, output=log))
        log_path = folder / "valkey.log"
        stack.enter_context(_running(valkey_command(valkey_binary(), data=folder / "valkey", socket=valkey_socket, log=log_path)))
        wait_for_valkey(valkey_socket)
        wait_for_mongod(mongo_socket)
        if not is_durable:
            confirm_before_journal(mongo_socket)
        yield mongo_url(mongo_socket), valkey_url(valkey_socket)


@contextlib.contextmanager
def _running(command: list[str], output: BinaryIO | None = None) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - the program is found by binaries.py
        command,
        stdin=quiet,
        stdout=output or quiet,
        stderr=output or quiet,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - only a libc call, before any other thread exists
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
