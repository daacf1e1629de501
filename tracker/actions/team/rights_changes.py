"""Tells the open streams of a workspace that rights changed, so that they check at once whether they may continue."""

import contextlib

import redis

from tracker.actions.deps import Deps
from tracker.domain.live_message import RightsChanged


def changed(deps: Deps, workspace: str) -> None:
    """Call after a session or key ended, or a role, a visibility or access changed. Never raises: streams also check by themselves."""
    with contextlib.suppress(redis.RedisError):
        deps.bus.publish(workspace, RightsChanged())


def removed(deps: Deps, workspace: str) -> None:
    """Call after a workspace was removed: drops what Redis remembers of it, then tells its streams. Never raises."""
    with contextlib.suppress(redis.RedisError):
        deps.bus.forget(workspace)
        deps.bus.publish(workspace, RightsChanged())
        deps.bus.expire(workspace)
