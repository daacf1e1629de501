"""A Flask route that returns a pixel and stores nothing: the cost of the framework alone."""

from flask import Flask, Response

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
app = Flask(__name__)


@app.get("/o/<token>")
def pixel(token: str) -> Response:  # noqa: ARG001 - the route's own
    """43 bytes."""
    return Response(GIF, mimetype="image/gif", headers={"Cache-Control": "no-store"})
