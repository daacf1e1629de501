"""The edge's gunicorn worker: gunicorn's own `asgi` worker and what it lacks, a deadline for unfinished requests and a bound on
connections. Named in deploy/gunicorn_edge.py as `worker_class`.

A request whose header or body is not whole ten seconds after it began is closed. When there are too many connections the oldest
unfinished one makes room, so that whoever sends a whole request at once is served however many others dawdle.
"""

import asyncio
import resource
from collections import Counter
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.workers import gasgi  # type: ignore[import-untyped]

from tracker.base import metrics

DEADLINE_SECONDS = 10.0
MOST_CONNECTIONS = 4_096
MOST_PER_ADDRESS = 1_024
_DESCRIPTORS_KEPT_BACK = 128
_SWEEP_SECONDS = 1.0


class EdgeWorker(gasgi.ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    """Serves the edge; see this module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = MOST_CONNECTIONS
        self.unfinished: dict[EdgeProtocol, float] = {}
        self.per_address: Counter[str] = Counter()
        self.closed = metrics.Tally(metrics.EDGE_CLOSED)

    async def _serve(self) -> None:
        gasgi.ASGIProtocol = EdgeProtocol  # gunicorn offers no other way to say which protocol a worker speaks
        self.most = min(MOST_CONNECTIONS, _raised_descriptor_limit() - _DESCRIPTORS_KEPT_BACK)
        sweeping = asyncio.create_task(self._sweep())
        try:
            await super()._serve()
        finally:
            sweeping.cancel()

    def make_room(self) -> bool:
        """Closes the oldest unfinished connection if there are too many; false if all of them are busy with whole requests."""
        if self.nr_conns < self.most:
            return True
        oldest = next(iter(self.unfinished), None)
        if oldest is None:
            return False
        oldest.end("crowded")
        return True

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            latest = self.loop.time() - DEADLINE_SECONDS
            for protocol, since in list(self.unfinished.items()):
                if since > latest:
                    break  # they stand in the order in which they began
                protocol.end("deadline")
            self.closed.flush()


class EdgeProtocol(ASGIProtocol):  # type: ignore[misc]  # gunicorn has no types
    """One connection of the edge."""

    worker: EdgeWorker

    def __init__(self, worker: EdgeWorker) -> None:
        super().__init__(worker)
        self._address = ""
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Takes the connection, or ends it at once if its address or the worker has too many."""
        worker, peer = self.worker, transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else ""
        worker.per_address[self._address] += 1
        reason = "address" if worker.per_address[self._address] > MOST_PER_ADDRESS else "full" if not worker.make_room() else None
        if reason is not None:
            self._is_refused = True
            worker.closed.add(reason)
            transport.abort()
            return
        worker.unfinished[self] = worker.loop.time()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hands bytes to the parser."""
        if not self._is_refused:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        worker = self.worker
        worker.unfinished.pop(self, None)
        worker.per_address[self._address] -= 1
        if worker.per_address[self._address] <= 0:
            del worker.per_address[self._address]
        if not self._is_refused:
            super().connection_lost(exc)

    def end(self, reason: str) -> None:
        """Closes an unfinished connection without a word."""
        self.worker.unfinished.pop(self, None)
        self.worker.closed.add(reason)
        self.transport.abort()

    def _on_headers_complete(self) -> bool:
        self.worker.unfinished.setdefault(self, self.worker.loop.time())
        return bool(super()._on_headers_complete())

    def _on_message_complete(self) -> None:
        self.worker.unfinished.pop(self, None)
        super()._on_message_complete()

    async def _serve_http_request(self, request: Any, sockname: Any, peername: Any) -> Any:
        # Our application has nothing left to do once its answer is out, so it needs no task of its own beside the connection's.
        return await self._handle_http_request(request, sockname, peername)


def _raised_descriptor_limit() -> int:
    """Raises this process's limit of open descriptors as far as it may; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _DESCRIPTORS_KEPT_BACK
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft
