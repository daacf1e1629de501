"""`/readyz` of the edge: whether events can be kept here, and how old what it knows of the workspaces is. Called by `app`."""

import asyncio
import json
import os
import time
from pathlib import Path

from tracker.base.ids import new_id
from tracker.spool import policy
from tracker.web.edge.context import Context
from tracker.web.edge.responses import NO_STORE, Answer, answer

STALE_SECONDS = 120.0
"""The drain renews the policy every quarter of a minute; older than this, nobody looks after it."""
_PROBE = b"\0" * 4096


async def ready(context: Context) -> Answer:
    """200 if the spool can be written to, else 503. A stale policy is named, but the edge answers all the same: strictly."""
    spool = await asyncio.to_thread(_probed, context.settings.spool_dir)
    age = _age(policy.path_of(context.settings))
    state = {
        "spool": spool,
        "policy": "absent" if age is None else "stale" if age > STALE_SECONDS else "ok",
        "policy_seconds": age,
    }
    headers = ((b"content-type", b"application/json"), *NO_STORE)
    return answer(200 if spool == "ok" else 503, headers, json.dumps(state).encode() + b"\n")


def _probed(folder: Path) -> str:
    """Writes a block and takes it away again: "ok", or why that failed."""
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
