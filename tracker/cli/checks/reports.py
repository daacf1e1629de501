"""Whether what reports are counted from is up to date, by `leadlight doctor`."""

from collections.abc import Iterator

from tracker.actions.deps import Deps
from tracker.actions.reports.roll_ups import seconds_behind
from tracker.cli.checks.check import Check

_MOST_SECONDS = 900


def report_checks(deps: Deps) -> Iterator[Check]:
    """One check for each workspace whose leads are many. Figures are exact also while they are behind, but take longer to count."""
    for workspace in deps.store.workspaces.all():
        behind = seconds_behind(deps, workspace)
        if behind is None:
            continue
        if behind > _MOST_SECONDS:
            text = f"{workspace.name}: {behind // 60} minutes behind, so that reports take longer"
            yield Check("Reports", "warn", text, "Is the process schedule running? Else run `leadlight rebuild-reports`.")
        else:
            yield Check("Reports", "ok", f"{workspace.name}: up to date")
