"""The edge: a small ASGI application without a framework, which would be most of its cost. Started by gunicorn (see deploy/).

It verifies the token, commits to the spool and responds. It has no database, no Redis and no credentials but the signing keys.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tracker.base import log, settings
from tracker.base.errors import LeadlightError
from tracker.base.http.probe_port import serve_probes
from tracker.web.edge.context import Context
from tracker.web.edge.page_events import BODY_LIMIT
from tracker.web.edge.responses import BROKEN, NOT_FOUND, Response, RouteResult, not_allowed, options, text
from tracker.web.edge.routes.banner import banner
from tracker.web.edge.routes.collect import collect
from tracker.web.edge.routes.health import readiness
from tracker.web.edge.routes.mark import mark
from tracker.web.edge.routes.pixel import pixel
from tracker.web.edge.routes.redirect import redirect
from tracker.web.edge.routes.snippet import snippet
from tracker.web.edge.routes.tracking_choice import tracking_choice
from tracker.web.edge.routes.unsubscribe import unsubscribe

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
_HEALTHY, _NOT_FOUND = RouteResult(text(200, "ok")), RouteResult(NOT_FOUND)
_READ_ONLY = RouteResult(not_allowed("GET, HEAD, OPTIONS"))
_OPTIONS, _ANY_OPTIONS = RouteResult(options("GET, HEAD, OPTIONS")), RouteResult(options("GET, HEAD, POST, OPTIONS"))
_PREFIX = 3
logger = logging.getLogger(__name__)
_TICK_SECONDS = 1.0


class Edge:
    """The ASGI application. Its context is made when the worker's loop starts, never in the parent process."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._ticking: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds to one request, or runs the lifespan of the worker."""
        if scope["type"] == "http":
            responded: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
            self.respond(scope, await _read_body(receive), partial(_set_result, responded))
            await _send(await responded, scope, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    def respond(self, scope: Scope, body: bytes, send: Callable[[Response], object]) -> None:
        """Calls `send` once, after this call, with the response to one request. The edge's own worker calls this directly. Needs the
        scope's method, raw_path, query_string, headers and client. A body may be cut off one byte beyond `BODY_LIMIT`.
        """
        context = self._context
        if context is None:
            raise RuntimeError("the edge responds only after its lifespan has started; run it on a server that supports lifespan")
        route, result = self._route(context, scope, body)
        if result is None:
            asyncio.ensure_future(readiness(context)).add_done_callback(partial(self._send_readiness, context, send))
            return
        if not result.captures:
            context.responses.add(route, result.response.status)
            asyncio.get_running_loop().call_soon(send, result.response)
            return

        response, captures, if_lost = result
        response_if_lost = if_lost or response

        def committed(is_kept: bool) -> None:  # noqa: FBT001 - a callback's only argument
            sent = response if is_kept else response_if_lost
            context.responses.add(route, sent.status)
            send(sent)

        context.commit(captures, committed)

    def _send_readiness(self, context: Context, send: Callable[[Response], object], probing: asyncio.Task[Response]) -> None:
        if probing.cancelled() or (error := probing.exception()) is not None:
            logger.error("the readiness probe failed", exc_info=None if probing.cancelled() else error)
            response = BROKEN
        else:
            response = probing.result()
        context.responses.add("other", response.status)
        send(response)

    def _route(self, context: Context, scope: Scope, body: bytes) -> tuple[str, RouteResult | None]:
        path: bytes = scope["raw_path"]
        if context.base_path and path.startswith(context.base_path):
            path = path[len(context.base_path) - 1 :]
        prefix = path[:_PREFIX]
        route = "other"
        result: RouteResult | None
        if prefix == b"/o/":
            route, result = "pixel", pixel(context, scope, path[_PREFIX:])
        elif prefix == b"/c/":
            route, result = "click", redirect(context, scope, path[_PREFIX:])
        elif path == b"/e":
            route, result = "collect", collect(context, scope, body)
        elif prefix == b"/u/":
            route, result = "unsubscribe", unsubscribe(context, scope, path[_PREFIX:])
        elif prefix == b"/p/":
            route, result = "choice", tracking_choice(context, scope, path[_PREFIX:], body)
        elif prefix == b"/m/":
            route, result = "mark", mark(context, scope, path[_PREFIX:])
        elif path == b"/t.js":
            route, result = "script", snippet(context, scope)
        elif path == b"/b.js":
            route, result = "banner", banner(context, scope)
        else:
            result = _other(path, scope["method"])
        return route, result

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            known = settings.load()
            log.set_up(known.log_level)
            self._context = Context(known)
            serve_probes(known)
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


def _other(path: bytes, method: str) -> RouteResult | None:
    """The result for all other paths; None for `/readyz`, which needs a probe."""
    if path not in (b"/healthz", b"/readyz"):
        return _ANY_OPTIONS if path == b"*" else _NOT_FOUND
    if method not in ("GET", "HEAD"):
        return _OPTIONS if method == "OPTIONS" else _READ_ONLY
    return _HEALTHY if path == b"/healthz" else None


def _set_result(responded: asyncio.Future[Response], response: Response) -> None:
    if not responded.done():  # cancelled, since the client has gone
        responded.set_result(response)


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while len(body) <= BODY_LIMIT:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


async def _send(response: Response, scope: Scope, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": list(response.headers)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})


app = Edge()
