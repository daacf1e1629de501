"""Ports for tests that start servers; each test worker has its own range."""

import os
import socket
import zlib


def worker_number() -> int:
    """0 for the first test worker, 1 for the second."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def free_ports(count: int = 7, *, low: int = 20_000) -> int:
    """The first of `count` free ports in a row, below the system's ephemeral range."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    # Concurrent runs on one machine start at different ports.
    first = low + zlib.crc32(run.encode()) % 12 * 1000 + worker_number() * 500
    for base in range(first, first + 500, count):
        if all(_is_free(port) for port in range(base, base + count)):
            return base
    raise AssertionError("no free ports for the tests")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
