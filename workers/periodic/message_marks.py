"""Marks the leads of messages whose evidence changed. Used by sweeps that learn something of recipients' domains."""

from collections.abc import Collection
from datetime import datetime

from tracker.actions.deps import Deps


def mark_messages(deps: Deps, workspace: str, domains: Collection[str], since: datetime, until: datetime | None = None) -> int:
    """Marks the leads of the messages that were sent to these domains in that time. Returns how many messages there are."""
    found = deps.store.of(workspace).messages.sent_to(domains, since, until)
    deps.store.dirty.mark_many((workspace, "lead", lead, created_at) for lead, created_at in found)
    if found:
        deps.wake.live()
    return len(found)
