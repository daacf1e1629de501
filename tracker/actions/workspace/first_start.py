"""The first start: one empty workspace, its first admin, and the link that signs them in once. Called by `leadlight up`."""

from tracker.actions.deps import Deps
from tracker.actions.team import sign_in_links
from tracker.actions.workspace.workspaces import first_workspace
from tracker.base.errors import Conflict
from tracker.base.ids import id_of
from tracker.domain.team.rep import Rep, Role

_ADDRESS, _NAME = "admin@localhost", "Admin"


def first_admin(deps: Deps) -> Rep:
    """The oldest active admin of the first workspace; made, with a name and address to be changed, if there is none."""
    workspace = first_workspace(deps)
    here = deps.store.of(workspace.id).reps
    found = next((rep for rep in here.active() if rep.role is Role.ADMIN), None)
    if found:
        return found
    # The id follows from the workspace, so that two processes that start at once make one admin.
    key = id_of(workspace.id, "first admin")
    fresh = Rep(
        id=key,
        workspace=workspace.id,
        person=key,
        email=_ADDRESS,
        name=_NAME,
        role=Role.ADMIN,
        timezone=workspace.timezone,
        created_at=deps.now(),
    )
    try:
        return here.add(fresh)
    except Conflict:
        return here.get(fresh.id)


def first_sign_in(deps: Deps) -> str | None:
    """The link for the first admin; None as soon as any active rep of the first workspace has a password."""
    workspace = first_workspace(deps)
    if deps.store.persons.have_password(rep.person_id for rep in deps.store.of(workspace.id).reps.active()):
        return None
    return sign_in_links.printed(deps, first_admin(deps))
