"""`/readyz` of the edge: whether the spool can be written, and the age of the policy file. Called by `app`."""

import asyncio
import json
import os
import time
from pathlib import Path

from tracker.base.ids import new_id
from tracker.spool import policy
from tracker.web.edge.context import Context
from tracker.web.edge.responses import NO_STORE, Response, make_response

STALE_SECONDS = 120.0
"""The drain renews the policy every 15 s; an older file means that no drain is running."""
_PROBE = b"\0" * 4096


async def readiness(context: Context) -> Response:
    """200 if the spool can be written, else 503. A stale or absent policy is reported only: the edge still serves, by its strictest rules."""
    spool = await asyncio.to_thread(_probe_spool, context.settings.spool_dir)
    age = _age(policy.path_of(context.settings))
    state = {
        "spool": spool,
        "policy": "absent" if age is None else "stale" if age > STALE_SECONDS else "ok",
        "policy_seconds": age,
    }
    headers = ((b"content-type", b"application/json"), *NO_STORE)
    return make_response(200 if spool == "ok" else 503, headers, json.dumps(state).encode() + b"\n")


def _probe_spool(folder: Path) -> str:
    """Writes a block and deletes it. Returns "ok", or why that failed."""
    probe = folder / f".probe.{new_id()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, _PROBE)
        finally:
            os.close(handle)
            probe.unlink()
    except OSError as error:
        return error.strerror or "cannot be written to"
    return "ok"


def _age(path: Path) -> float | None:
    try:
        return round(max(0.0, time.time() - path.stat().st_mtime), 1)
    except OSError:
        return None
