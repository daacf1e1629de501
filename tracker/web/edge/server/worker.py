"""The edge's gunicorn worker: gunicorn's `asgi` worker with its own protocol, a limit on connections and a deadline for requests.
Named in deploy/gunicorn_edge.py as `worker_class`.

At the connection limit it stops accepting and closes nothing; new connections wait in the kernel's backlog. A request whose head and
body are not complete after ten seconds is closed. Limits per client address are the reverse proxy's (deploy/nginx.conf).
"""

import asyncio
import gc
import os
import resource
import sys
from typing import Any

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.asgi.lifespan import LifespanManager  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.workers import gasgi  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base import metrics
from tracker.web.edge.server.deadlines import REQUEST_SECONDS, Connection, Deadlines
from tracker.web.edge.server.listener import Listener

CONNECTION_LIMIT = 16_384
"""Of one process, where the limit of file descriptors allows it."""

_RESERVED_DESCRIPTORS = 128
_NOTIFY_SECONDS = 1.0
_SWEEP_SECONDS = 0.25
_CLOSED_PER_ROUND = 64
"""Expired connections closed in one round of the event loop: closing one takes some 30 µs, and requests wait meanwhile."""
_GC_THRESHOLD = 20_000
"""The edge makes hardly any reference cycles. With the default of 700 the collector takes a tenth of its CPU time."""
_SWITCH_SECONDS = 0.0005
"""The thread that syncs the spool needs little CPU time, and responses wait for it. The default is 5 ms."""


class EdgeWorker(gasgi.ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    """Serves the edge; see this module."""

    request_seconds = REQUEST_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cfg: Any = _CachedConfig(self.cfg)
        self.connection_limit = CONNECTION_LIMIT
        self.deadlines: Deadlines
        self._closed = metrics.Tally(metrics.EDGE_CLOSED)

    def has_room(self) -> bool:
        """Whether another connection may be accepted."""
        return bool(self.nr_conns < self.connection_limit)

    def add(self, connection: Connection) -> None:
        """Counts an accepted connection and starts the deadline of its first request."""
        self.nr_conns += 1
        self.deadlines.start_request(connection)

    def remove(self, connection: Connection) -> None:
        """Forgets a connection that is lost, and accepts again."""
        self.nr_conns -= 1
        self.deadlines.clear(connection)
        for listener in self.servers:
            listener.resume()

    async def _serve(self) -> None:
        """As gunicorn's, but with listeners that can pause in place of asyncio's servers."""
        self._tune()
        self.deadlines = Deadlines(self.cfg.keepalive, self.loop.time, self.request_seconds)
        await self._start_application()
        for listening in self.sockets:
            self.servers.append(Listener(self, self.loop, listening.sock))
            self.log.info("Accepting connections on %s", listening)
        sweeping = asyncio.create_task(self._close_expired())
        try:
            while self.alive and self.ppid == os.getppid():
                self.notify()
                await asyncio.sleep(_NOTIFY_SECONDS)
            await self._shutdown()
        finally:
            sweeping.cancel()

    def _tune(self) -> None:
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD)
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.connection_limit = max(1, min(CONNECTION_LIMIT, _raise_descriptor_limit() - _RESERVED_DESCRIPTORS))

    async def _start_application(self) -> None:
        """Ends the process, and gunicorn with it, if the application cannot start or TLS is configured."""
        if self.cfg.is_ssl:
            self.log.error("the edge does not terminate TLS; put a reverse proxy in front of it")
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR)
        lifespan = LifespanManager(self.asgi, self.log, self.state)
        try:
            await lifespan.startup()
        except RuntimeError as error:
            self.log.error("ASGI lifespan startup failed: %s", error)  # noqa: TRY400 - the message says what to change
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from error
        self.lifespan = lifespan

    async def _shutdown(self) -> None:
        for connection in self.deadlines.idle():
            self._close(connection, "shutdown")
        await super()._shutdown()

    async def _close_expired(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            while expired := self.deadlines.expired(_CLOSED_PER_ROUND):
                for connection, reason in expired:
                    self._close(connection, reason)
                await asyncio.sleep(0)
            self._closed.flush()

    def _close(self, connection: Connection, reason: str) -> None:
        self.deadlines.clear(connection)
        self._closed.add(reason)
        connection.abort()


class _CachedConfig:
    """gunicorn's settings with their present values: each connection reads a dozen, and gunicorn takes a microsecond for each."""

    def __init__(self, config: Any) -> None:
        self._config = config
        # Values that gunicorn derives from several settings are derived at each access: those stay gunicorn's.
        plain = {name: setting.get() for name, setting in config.settings.items() if not hasattr(type(config), name)}
        self.__dict__.update(plain)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._config, name)


def _raise_descriptor_limit() -> int:
    """Raises the soft limit of open file descriptors as far as the connection limit needs it; returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTION_LIMIT + _RESERVED_DESCRIPTORS
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft
