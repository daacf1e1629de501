"""The edge: a small ASGI application, since here a framework would be most of the cost. Started by gunicorn (see deploy/).

It verifies, commits to the spool, answers. It knows no database, no Redis and no credentials but the signing keys.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tracker.base import log, settings
from tracker.base.errors import LeadlightError
from tracker.web.edge.context import Context
from tracker.web.edge.page_events import BODY_LONGEST
from tracker.web.edge.responses import BROKEN, NOT_FOUND, Answer, Reply, not_allowed, options, text
from tracker.web.edge.routes.collect import collect
from tracker.web.edge.routes.health import ready
from tracker.web.edge.routes.pixel import show
from tracker.web.edge.routes.redirect import follow
from tracker.web.edge.routes.snippet import script
from tracker.web.edge.routes.unsubscribe import unsubscribe

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
_HEALTHY, _NOT_FOUND = Reply(text(200, "ok")), Reply(NOT_FOUND)
_READ_ONLY = Reply(not_allowed("GET, HEAD, OPTIONS"))
_OPTIONS, _ANY_OPTIONS = Reply(options("GET, HEAD, OPTIONS")), Reply(options("GET, HEAD, POST, OPTIONS"))
_PREFIX = 3
logger = logging.getLogger(__name__)
_TICK_SECONDS = 1.0


class Edge:
    """The ASGI application. Its context is made when the worker's loop starts, never in the parent process."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._ticking: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or follows the worker's life from start to end."""
        if scope["type"] == "http":
            answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self.answer(scope, await _read_body(receive), partial(_tell, answered))
            await _send(await answered, scope, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    def answer(self, scope: Scope, body: bytes, then: Callable[[Answer], object]) -> None:
        """Calls `then`, later and once, with the answer to one request. The edge's own worker calls this directly; needs the
        scope's method, raw_path, query_string, headers and client. No more of a body need be there than `BODY_LONGEST` and a byte.
        """
        context = self._context
        if context is None:
            raise RuntimeError("the edge answers only after its lifespan has started; run it with a server that has one")
        route, reply = self._route(context, scope, body)
        if reply is None:
            asyncio.ensure_future(ready(context)).add_done_callback(partial(self._probed, context, then))
            return
        if not reply.captures:
            context.answered.add(route, reply.answer.status)
            asyncio.get_running_loop().call_soon(then, reply.answer)
            return

        kept, captures, lost = reply
        said_if_lost = lost or kept

        def settled(is_kept: bool) -> None:  # noqa: FBT001 - a callback's only argument
            answer = kept if is_kept else said_if_lost
            context.answered.add(route, answer.status)
            then(answer)

        context.keep(captures, settled)

    def _probed(self, context: Context, then: Callable[[Answer], object], probing: asyncio.Task[Answer]) -> None:
        if probing.cancelled() or (error := probing.exception()) is not None:
            logger.error("the edge's readiness is not known", exc_info=None if probing.cancelled() else error)
            answer = BROKEN
        else:
            answer = probing.result()
        context.answered.add("other", answer.status)
        then(answer)

    def _route(self, context: Context, scope: Scope, body: bytes) -> tuple[str, Reply | None]:
        path: bytes = scope["raw_path"]
        prefix = path[:_PREFIX]
        route = "other"
        reply: Reply | None
        if prefix == b"/o/":
            route, reply = "pixel", show(context, scope, path[_PREFIX:])
        elif prefix == b"/c/":
            route, reply = "click", follow(context, scope, path[_PREFIX:])
        elif path == b"/e":
            route, reply = "collect", collect(context, scope, body)
        elif prefix == b"/u/":
            route, reply = "unsubscribe", unsubscribe(context, scope, path[_PREFIX:])
        elif path == b"/t.js":
            route, reply = "script", script(context, scope)
        else:
            reply = _other(path, scope["method"])
        return route, reply

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


def _other(path: bytes, method: str) -> Reply | None:
    """Answers what no route of ours takes; empty: `/readyz`, which takes a moment to know."""
    if path not in (b"/healthz", b"/readyz"):
        return _ANY_OPTIONS if path == b"*" else _NOT_FOUND
    if method not in ("GET", "HEAD"):
        return _OPTIONS if method == "OPTIONS" else _READ_ONLY
    return _HEALTHY if path == b"/healthz" else None


def _tell(answered: asyncio.Future[Answer], answer: Answer) -> None:
    if not answered.done():  # whoever asked has gone away
        answered.set_result(answer)


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while len(body) <= BODY_LONGEST:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


app = Edge()
