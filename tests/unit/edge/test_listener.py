"""The listener: accepts while the worker has room, and goes on by itself after the system could not accept."""

import asyncio
import logging
import os
import resource
import socket
from typing import Any

import pytest
from gunicorn.config import Config

from tracker.web.edge.server.deadlines import Deadlines
from tracker.web.edge.server.listener import Listener


class Worker:
    """What a listener and its connections need of a worker, for connections that send nothing."""

    log = logging.getLogger(__name__)
    cfg, asgi = Config(), None

    def __init__(self) -> None:
        self.limit = 100
        self.connections: list[Any] = []
        self.deadlines = Deadlines(5.0, lambda: 0.0)

    def has_room(self) -> bool:
        return len(self.connections) < self.limit

    def add(self, connection: Any) -> None:
        self.connections.append(connection)

    def remove(self, connection: Any) -> None:
        self.connections.remove(connection)


async def wait_for(count: int, worker: Worker) -> None:
    for _ in range(3_000):
        if len(worker.connections) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(worker.connections)} connections, not {count}")


def connected(listening: socket.socket, count: int) -> list[socket.socket]:
    return [socket.create_connection(listening.getsockname()) for _ in range(count)]


def test_it_pauses_at_the_limit() -> None:
    """Connections beyond it stay in the backlog until the worker resumes the listener; closed, it is not resumed."""

    async def run() -> None:
        worker, loop = Worker(), asyncio.get_running_loop()
        worker.limit = 3
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
            listening.setblocking(False)
            listener = Listener(worker, loop, listening)
            clients = connected(listening, 5)
            await wait_for(3, worker)
            worker.limit = 4
            await asyncio.sleep(0.1)
            assert len(worker.connections) == 3
            listener.resume()
            await wait_for(4, worker)
            listener.close()
            worker.limit = 100
            listener.resume()
            await asyncio.sleep(0.1)
            assert len(worker.connections) == 4
            for connection in list(worker.connections):
                connection.transport.abort()
            await wait_for(0, worker)
            for client in clients:
                client.close()

    asyncio.run(run())


def test_without_descriptors_it_waits_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """A process without free descriptors accepts later, does not spin meanwhile, and logs one warning."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def run() -> int:
        worker, loop = Worker(), asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
            listening.setblocking(False)
            clients = [socket.socket() for _ in range(10)]
            listener = Listener(worker, loop, listening)
            free = os.dup(0)
            os.close(free)
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (free, usual[1]))
                for client in clients:
                    client.connect(listening.getsockname())
                await asyncio.sleep(0.35)
                warnings = len(caplog.records)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, usual)
            await wait_for(10, worker)
            listener.close()
            for connection in list(worker.connections):
                connection.transport.abort()
            await wait_for(0, worker)
            for client in clients:
                client.close()
            return warnings

    assert asyncio.run(run()) == 1
