"""Who may see which leads. Pure; asked by actions, API and console."""

from tracker.domain.leads import Lead
from tracker.domain.reps import Rep, Role
from tracker.domain.workspaces import Workspace


def sees_all(workspace: Workspace, rep: Rep | None) -> bool:
    """Whether the rep (empty: a program with an admin's rights) sees every lead of the workspace."""
    return rep is None or rep.role is Role.ADMIN or workspace.policy.reps_see != "own"


def may_see(workspace: Workspace, rep: Rep | None, lead: Lead) -> bool:
    """Own leads and those that nobody owns, or all."""
    return sees_all(workspace, rep) or rep is None or lead.owner in (None, rep.id)
