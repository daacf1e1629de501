"""The edge's policy file, made from the workspaces. Written at once by actions that change one, and by workers.drain.process for good."""

import contextlib
import os
import time

from tracker.actions.deps import Deps
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.spool.policy import BannerPolicy, Policy, SitePolicy, Stamp, WorkspacePolicy, path_of, stamp_of, write, write_instead

_TOUCH_SECONDS = 15.0


class PolicyWriter:
    """Remembers the last written policy and writes again only if it or the file has changed."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._path = path_of(deps.settings)
        self._written: Policy | None = None
        self._stamp: Stamp = None

    def refresh(self) -> bool:
        """Writes the file if it is outdated and returns whether it did. Raises PyMongoError or OSError.

        An action may have put a newer one in place while we read: that must not be undone by what we read before.
        """
        before = stamp_of(self._path)
        policy = policy_of(self._deps.store.workspaces.all())
        if policy == self._written and self._stamp == before:
            self._touch()
            return False
        if not write_instead(policy, self._path, before):
            return False
        self._written, self._stamp = policy, stamp_of(self._path)
        return True

    def _touch(self) -> None:
        """Updates the file's age, which shows that it is maintained."""
        if self._stamp and time.time() - self._stamp[0] / 1e9 > _TOUCH_SECONDS:
            os.utime(self._path)
            self._stamp = stamp_of(self._path)


def publish(deps: Deps) -> None:
    """Puts the policy in place right after a change, where the spool is on this host; elsewhere its drain will, within a second."""
    if deps.settings.spool_dir.is_dir():
        with contextlib.suppress(OSError):
            write(policy_of(deps.store.workspaces.all()), path_of(deps.settings))


def policy_of(workspaces: list[Workspace]) -> Policy:
    """The edge's policy for these workspaces."""
    return Policy(
        workspaces={w.id: _of_workspace(w) for w in workspaces},
        sites={site.key: _of_site(w, site) for w in workspaces for site in w.sites},
    )


def _of_workspace(workspace: Workspace) -> WorkspacePolicy:
    wording = workspace.tracking_policy.wording if workspace.tracking_policy else ""
    return WorkspacePolicy(
        name=workspace.name, home_url=workspace.home_url or _first_origin(workspace), wording=wording, texts=workspace.lead_texts
    )


def _first_origin(workspace: Workspace) -> str:
    return next((origin for site in workspace.sites for origin in site.origins), "")


def _of_site(workspace: Workspace, site: Site) -> SitePolicy:
    banner = BannerPolicy(text=site.banner_text, link=site.banner_link) if site.banner else None
    confidential = workspace.address_privacy.words if workspace.address_privacy.is_on else None
    return SitePolicy(
        workspace=workspace.id,
        origins=site.origins,
        fields=_fields(site),
        banner=banner,
        confidential=confidential,
        landing=site.landing_parameter,
        clicks=site.clicks,
    )


def _fields(site: Site) -> tuple[str, ...]:
    return tuple(name.lower() for name in site.fields) if site.fields_approved else ()
