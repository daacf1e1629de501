"""The edge: a small ASGI application, since here a framework would be most of the cost. Started by gunicorn (see deploy/).

It verifies, commits to the spool, answers. It knows no database, no Redis and no credentials but the signing keys.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tracker.base import log, settings
from tracker.base.errors import LeadlightError
from tracker.web.edge.answers import NOT_FOUND, Answer, text
from tracker.web.edge.collect import Receive, collect
from tracker.web.edge.context import Context
from tracker.web.edge.pixel import show
from tracker.web.edge.ready import ready
from tracker.web.edge.redirect import follow
from tracker.web.edge.script import script
from tracker.web.edge.unsubscribe import unsubscribe

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_HEALTHY = text(200, "ok")
_PREFIX = 3
_TICK_SECONDS = 1.0


class Edge:
    """The ASGI application. Its context is made when the worker's loop starts, never in the parent process."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._ticking: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or follows the worker's life from start to end."""
        if scope["type"] == "http":
            await _send(await self.answer(scope, receive), scope, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The answer to one request. The edge's own worker calls this directly; needs the scope's method, raw_path,
        query_string, headers and client.
        """
        context = self._context
        if context is None:
            raise RuntimeError("the edge answers only after its lifespan has started; run it with a server that has one")
        path: bytes = scope["raw_path"]
        prefix = path[:_PREFIX]
        route = "other"
        if prefix == b"/o/":
            route, answer = "pixel", await show(context, scope, path[_PREFIX:])
        elif prefix == b"/c/":
            route, answer = "click", await follow(context, scope, path[_PREFIX:])
        elif path == b"/e":
            route, answer = "collect", await collect(context, scope, receive)
        elif prefix == b"/u/":
            route, answer = "unsubscribe", await unsubscribe(context, scope, path[_PREFIX:], receive)
        elif path == b"/t.js":
            route, answer = "script", await script(context, scope)
        else:
            answer = _HEALTHY if path == b"/healthz" else await ready(context) if path == b"/readyz" else NOT_FOUND
        context.answered.add(route, str(answer.status))
        return answer

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            known = settings.load()
            log.set_up(known.log_level)
            self._context = Context(known)
        except LeadlightError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._tick()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._ticking is not None:
            self._ticking.cancel()
        await self._context.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _tick(self) -> None:
        if self._context is not None:
            self._context.tick()
        self._ticking = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


app = Edge()
