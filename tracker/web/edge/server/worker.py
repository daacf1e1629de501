"""The edge's gunicorn worker: gunicorn's `asgi` worker with a leaner protocol and what that one lacks, a deadline for unfinished
requests and a bound on connections. Named in deploy/gunicorn_edge.py as `worker_class`.

Headers that are not whole ten seconds after they began, and a body that is not ten seconds later, are closed. When there are too many connections the oldest
unfinished one makes room, so that whoever sends a whole request at once is served however many others dawdle.
"""

import asyncio
import gc
import resource
import sys
from collections import OrderedDict
from itertools import islice
from typing import Any

from gunicorn.workers import gasgi  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base import metrics
from tracker.web.edge.server.door import Doors, Guest
from tracker.web.edge.server.protocol import EdgeProtocol

Connection = Guest | EdgeProtocol

DEADLINE_SECONDS = 10.0
MOST_CONNECTIONS = 16_384
MOST_PER_ADDRESS = 1_024
_SHARE_OF_UNFINISHED = 4
"""One in so many may be unfinished for long; beyond that the oldest make room, but without haste: in a rush everybody waits for the
taking of new connections, and ending one costs as much as that."""
_DESCRIPTORS_KEPT_BACK = 128
_SWEEP_SECONDS = 0.25
_PAUSE_SECONDS = 0.002
_ENDED_AT_ONCE = 16
_MOST_TIMES = 31
_NEW_SECONDS = 0.1
_GC_AFTER = 20_000
"""Hardly anything here makes cycles: looking for them after every seven hundred new values would be a tenth of the work."""
_SWITCH_SECONDS = 0.0005
"""The thread that syncs the spool has little to do, and whoever is synced waits for it: it need not wait five milliseconds."""


class EdgeWorker(gasgi.ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    """Serves the edge; see this module. Its dicts hold connections in the order in which they began to be so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cfg: Any = _Settings(self.cfg)
        self.most = MOST_CONNECTIONS
        # A plain dict that loses its first entry over and over searches the gaps they left whenever it is asked for the first.
        self._unfinished: OrderedDict[Connection, float] = OrderedDict()
        self._idle: OrderedDict[Connection, float] = OrderedDict()
        self._per_address: dict[str, int] = {}
        self._ended = metrics.Tally(metrics.EDGE_CLOSED)

    def take(self, guest: Guest, address: str) -> bool:
        """Whether there is room for one more connection; if need be an unfinished or idle one makes it."""
        number = self._per_address.get(address, 0)
        if number >= MOST_PER_ADDRESS:
            self._ended.add("address")
            return False
        if self.nr_conns >= self.most:
            oldest = self._dispensable()
            if oldest is None:
                self._ended.add("full")
                return False
            self._end(oldest, "crowded")
            number = self._per_address.get(address, 0)  # it may have been the same address's
        self._per_address[address] = number + 1
        self.nr_conns += 1
        self._unfinished[guest] = self.loop.time()
        return True

    def _dispensable(self) -> Connection | None:
        """Whoever has dawdled longest; else whoever was answered longest ago. A newcomer that nobody has heard yet only after these."""
        oldest = next(iter(self._unfinished), None)
        if oldest is None or self._unfinished[oldest] > self.loop.time() - _NEW_SECONDS:
            return next(iter(self._idle), None) or oldest
        return oldest

    def lets_in(self, guest: Guest, protocol: EdgeProtocol) -> None:
        """The headers of its first request are whole, or wrong; its body need not be."""
        self._unfinished.pop(guest, None)
        self._unfinished[protocol] = self.loop.time()

    def release(self, connection: Connection, address: str) -> None:
        """The connection is gone."""
        self.nr_conns -= 1
        self._unfinished.pop(connection, None)
        self._idle.pop(connection, None)
        number = self._per_address[address] - 1
        if number:
            self._per_address[address] = number
        else:
            del self._per_address[address]

    def begins(self, protocol: EdgeProtocol) -> None:
        """Bytes of a request have come and not all of them, or it is being closed: it has until the deadline, counted from the first."""
        if protocol not in self._unfinished:
            self._idle.pop(protocol, None)
            self._unfinished[protocol] = self.loop.time()

    def is_whole(self, protocol: EdgeProtocol) -> None:
        """The request is whole, or will not be read further: it is being answered."""
        self._unfinished.pop(protocol, None)
        self._idle.pop(protocol, None)

    def is_idle(self, protocol: EdgeProtocol) -> None:
        """Its request is answered, the next has not begun."""
        self._idle[protocol] = self.loop.time()

    async def _serve(self) -> None:
        gc.freeze()
        gc.set_threshold(_GC_AFTER)
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.most = min(MOST_CONNECTIONS, _raised_descriptor_limit() - _DESCRIPTORS_KEPT_BACK)
        sweeping = asyncio.create_task(self._sweep())
        loop = self.loop
        self.loop: Any = Doors(self, loop)  # gunicorn offers no other way to say who takes a worker's connections
        try:
            await super()._serve()
        finally:
            self.loop = loop
            sweeping.cancel()

    async def _shutdown(self) -> None:
        for connection in list(self._idle):
            self._end(connection, "shutdown")
        await super()._shutdown()

    async def _sweep(self) -> None:
        """Ends whose time is over, a few at a time: thousands that came together end together, and nobody else is to wait for that.

        Where rounds of the loop take longer than the pause, it does in one what it would have done in several: else a busy edge ended
        the last of them too late.
        """
        pause = _SWEEP_SECONDS
        while True:
            due = self.loop.time() + pause
            await asyncio.sleep(pause)
            times = 1 + min(_MOST_TIMES, int((self.loop.time() - due) / _PAUSE_SECONDS))
            is_more = True
            while times and is_more:
                is_more = self._end_some()
                times -= 1
            self._ended.flush()
            pause = _PAUSE_SECONDS if is_more else _SWEEP_SECONDS

    def _end_some(self) -> bool:
        """Some of those whose time is over, and the oldest of too many unfinished ones; whether there may be more."""
        now = self.loop.time()
        ended = (
            self._end_older(self._unfinished, now - DEADLINE_SECONDS, "deadline"),
            self._end_older(self._idle, now - self.cfg.keepalive, "idle"),
            self._end_older(self._unfinished, now - _NEW_SECONDS, "crowded", len(self._unfinished) - self.most // _SHARE_OF_UNFINISHED),
        )
        return max(ended) == _ENDED_AT_ONCE

    def _end_older(self, waiting: OrderedDict[Connection, float], latest: float, reason: str, most: int = _ENDED_AT_ONCE) -> int:
        some = islice(waiting.items(), max(0, min(most, _ENDED_AT_ONCE)))
        old = [connection for connection, since in some if since <= latest]
        for connection in old:
            self._end(connection, reason)
        return len(old)

    def _end(self, connection: Connection, reason: str) -> None:
        self._unfinished.pop(connection, None)
        self._idle.pop(connection, None)
        self._ended.add(reason)
        connection.end()


class _Settings:
    """gunicorn's settings as they stand: each connection asks for a dozen, and gunicorn takes a microsecond to look one up."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        # What gunicorn makes of several settings it makes at each question: that stays its own.
        plain = {name: setting.get() for name, setting in settings.settings.items() if not hasattr(type(settings), name)}
        self.__dict__.update(plain)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settings, name)


def _raised_descriptor_limit() -> int:
    """Raises this process's limit of open descriptors as far as it may; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _DESCRIPTORS_KEPT_BACK
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft
