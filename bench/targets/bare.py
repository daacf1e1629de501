"""The baseline: an application that returns a pixel and stores nothing. Run by gunicorn with either worker class."""

import asyncio
from collections.abc import Callable
from typing import Any

from tracker.web.edge.responses import Answer
from tracker.web.edge.responses import answer as made
from tracker.web.edge.routes.pixel import GIF

_PICTURE = made(200, ((b"content-type", b"image/gif"),), GIF)
_DONE = made(204)


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

    def answer(self, scope: dict[str, Any], _body: bytes, then: Callable[[Answer], object]) -> None:
        """As the edge's own worker calls it."""
        asyncio.get_running_loop().call_soon(then, _found(scope))


def _found(scope: dict[str, Any]) -> Answer:
    return _DONE if scope["method"] == "POST" else _PICTURE


app = Bare()
