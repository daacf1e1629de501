"""The receivers of alerts of a workspace, as stored. Called wherever alerts are made."""

from tracker.actions.deps import Deps
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.policy.decide import AlertReceivers


def receivers_of(deps: Deps, workspace: Workspace) -> AlertReceivers:
    """Its active reps and all its channels."""
    here = deps.store.of(workspace.id)
    return AlertReceivers(workspace, here.reps.active(), here.channels.all())
