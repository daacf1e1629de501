"""`/healthz`: this process is alive. `/readyz`: its dependencies respond and no queue is behind."""

from flask import Blueprint, Response, jsonify

from tracker.actions.ops.health import check_health
from tracker.web.console.auth import deps, public

blueprint = Blueprint("health", __name__)

_NOT_READY = 503


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """200 as long as this process serves requests."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """200 if MongoDB and Redis answer and drain, recompute and outbox are on time; else 503, with the reasons under `late`.

    One lost host of several makes nothing late: it is under `drains`.
    """
    found = check_health(deps())
    late = found.late
    state = {
        "mongodb": "ok" if found.mongodb else "away",
        "redis": "ok" if found.redis else "away",
        "drain_seconds": found.drain_seconds,
        "recount_seconds": found.dirty_seconds,
        "outbox_seconds": found.outbox_seconds,
        "late": late,
        "drains": {host: {"seconds": found.seconds, "silent": found.is_silent} for host, found in found.drains.items() if host},
    }
    return jsonify(state), _NOT_READY if late else 200
