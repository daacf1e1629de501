"""The edge's policy file, made from the workspaces. Written at once by actions that change one, and by workers.drain for good."""

import contextlib
import os
import time

from tracker.actions.deps import Deps
from tracker.domain.workspaces import Site, Workspace
from tracker.ingest.policy import Policy, SitePolicy, WorkspacePolicy, path_of, write

_TOUCH_SECONDS = 15.0
_Stamp = tuple[int, int] | None


class PolicyWriter:
    """Remembers what it wrote last, so that the same policy is not written again unless somebody else wrote meanwhile."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._path = path_of(deps.settings)
        self._written: Policy | None = None
        self._stamp: _Stamp = None

    def refresh(self) -> bool:
        """Writes the file if it is not what it should be; whether it did. Raises PyMongoError or OSError."""
        policy = policy_of(self._deps.store.workspaces.all())
        if policy == self._written and self._stamp == self._now():
            self._touch()
            return False
        write(policy, self._path)
        self._written, self._stamp = policy, self._now()
        return True

    def _touch(self) -> None:
        """Its age says how long nobody has looked after it."""
        if self._stamp and time.time() - self._stamp[0] / 1e9 > _TOUCH_SECONDS:
            os.utime(self._path)
            self._stamp = self._now()

    def _now(self) -> _Stamp:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - the one call that is needed, several times a second
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino


def publish(deps: Deps) -> None:
    """Puts the policy in place right after a change, where the spool is on this host; elsewhere its drain will, within a second."""
    if deps.settings.spool_dir.is_dir():
        with contextlib.suppress(OSError):
            write(policy_of(deps.store.workspaces.all()), path_of(deps.settings))


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
