"""The baseline: an application that responds with a pixel and stores nothing. Run by gunicorn like the edge, under either worker class."""

import asyncio
from collections.abc import Callable
from typing import Any

from tracker.web.edge.responses import Response, make_response
from tracker.web.edge.routes.pixel import GIF

_IMAGE = make_response(200, ((b"content-type", b"image/gif"),), GIF)
_NO_CONTENT = make_response(204)


class Bare:
    """Answers GET with 43 bytes, POST with 204 once the body is read."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """As gunicorn's own `asgi` worker calls it."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
        found = _found(scope)
        await send({"type": "http.response.start", "status": found.status, "headers": list(found.headers)})
        await send({"type": "http.response.body", "body": found.body})

    def respond(self, scope: dict[str, Any], _body: bytes, send: Callable[[Response], object]) -> None:
        """As the edge's own worker calls it."""
        asyncio.get_running_loop().call_soon(send, _found(scope))


def _found(scope: dict[str, Any]) -> Response:
    return _NO_CONTENT if scope["method"] == "POST" else _IMAGE


app = Bare()
