"""The edge's policy file: written from the workspaces whenever they change. Called by workers.drain."""

from tracker.actions.deps import Deps
from tracker.domain.workspaces import Site, Workspace
from tracker.ingest.policy import Policy, SitePolicy, WorkspacePolicy, path_of, write


class PolicyWriter:
    """Remembers what it wrote last, so that an unchanged policy is not written again."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._written: Policy | None = None

    def refresh(self) -> bool:
        """Writes the file if anything changed; whether it did. Raises PyMongoError or OSError."""
        policy = policy_of(self._deps.store.workspaces.all())
        if policy == self._written:
            return False
        write(policy, path_of(self._deps.settings))
        self._written = policy
        return True


def policy_of(workspaces: list[Workspace]) -> Policy:
    """What the edge may know of these workspaces."""
    return Policy(
        workspaces={w.id: WorkspacePolicy(name=w.name, home_url=w.home_url or _first_origin(w)) for w in workspaces},
        sites={site.key: SitePolicy(workspace=w.id, origins=site.origins, fields=_fields(site)) for w in workspaces for site in w.sites},
    )


def _first_origin(workspace: Workspace) -> str:
    return next((origin for site in workspace.sites for origin in site.origins), "")


def _fields(site: Site) -> tuple[str, ...]:
    return tuple(name.lower() for name in site.fields) if site.fields_approved else ()
