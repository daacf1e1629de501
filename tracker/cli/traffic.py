"""Checks of recent events for configuration errors, by `leadlight doctor` while Leadlight runs."""

from collections.abc import Iterator

from tracker.actions.deps import Deps
from tracker.actions.workspace.site_origins import SHOWN, refusals_of
from tracker.cli.checks.check import Check

_SAMPLE_SIZE = 200
_MIN_EVENTS = 20


def traffic_checks(deps: Deps) -> Iterator[Check]:
    """Whether the events of each workspace come from different client addresses; demo workspaces are skipped."""
    for workspace in deps.store.workspaces.all():
        if workspace.is_demo:
            continue
        addresses = [event.address for event in deps.store.of(workspace.id).events.latest(limit=_SAMPLE_SIZE) if event.address]
        if len(addresses) >= _MIN_EVENTS and len(set(addresses)) == 1:
            todo = f"If this is your proxy, set TRUSTED_PROXIES to {addresses[0]}."
            yield Check("TRUSTED_PROXIES", "warn", f"All events of {workspace.name} come from one address, {addresses[0]}", todo)
        elif addresses:
            yield Check("TRUSTED_PROXIES", "ok", f"{workspace.name}: {len(set(addresses))} addresses in the last {len(addresses)} events")


def refusal_checks(deps: Deps) -> Iterator[Check]:
    """Whether pages of each workspace's sites were refused in the last days; demo workspaces are skipped."""
    for workspace in deps.store.workspaces.all():
        if workspace.is_demo or not workspace.sites:
            continue
        notices = refusals_of(deps, workspace)
        for notice in notices:
            todo = notice.todo.replace("Add it?", "Add it under Settings, Website and forms.")
            yield Check("Website", "warn", f"{workspace.name}: {notice.text.removesuffix('.')}", todo)
        if not notices:
            yield Check("Website", "ok", f"{workspace.name}: no page was refused in the last {SHOWN.days} days")
