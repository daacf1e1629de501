"""What the events of the last days say about the set-up: asked by `leadlight doctor` while Leadlight runs."""

from collections.abc import Iterator

from tracker.actions.deps import Deps
from tracker.cli.startup_checks import Check

_LOOKED_AT = 200
_ENOUGH = 20


def traffic_checks(deps: Deps) -> Iterator[Check]:
    """Whether clients' addresses are told apart in each real workspace."""
    for workspace in deps.store.workspaces.all():
        if workspace.is_demo:
            continue
        addresses = [event.address for event in deps.store.of(workspace.id).events.latest(limit=_LOOKED_AT) if event.address]
        if len(addresses) >= _ENOUGH and len(set(addresses)) == 1:
            todo = f"Is that your proxy? Then set TRUSTED_PROXIES to {addresses[0]}."
            yield Check("TRUSTED_PROXIES", "warn", f"All events of {workspace.name} come from one address, {addresses[0]}", todo)
        elif addresses:
            yield Check("TRUSTED_PROXIES", "ok", f"{workspace.name}: {len(set(addresses))} addresses in the last {len(addresses)} events")
