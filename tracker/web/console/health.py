"""`/healthz`: this process lives. `/readyz`: what it depends on answers; names what does not."""

from flask import Blueprint, Response, jsonify
from redis import RedisError

from tracker.web.console.access import deps, public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """200 as long as this process serves requests."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """200 if MongoDB and Redis answer, else 503, each with its state."""
    state = {"mongodb": "ok" if deps().store.is_up() else "away", "redis": _redis()}
    return jsonify(state), 200 if set(state.values()) == {"ok"} else 503


def _redis() -> str:
    try:
        deps().redis.ping()
    except RedisError:
        return "away"
    return "ok"
