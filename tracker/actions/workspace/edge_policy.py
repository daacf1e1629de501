"""The edge's policy file, made from the workspaces. Written at once by actions that change one, and by workers.drain.process for good."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable

from tracker.actions.deps import Deps
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.spool.policy import BannerPolicy, Policy, SitePolicy, Stamp, WorkspacePolicy, path_of, stamp_of, write, write_instead
from tracker.store.workspace.workspaces import WorkspacesState

_TOUCH_SECONDS = 15.0
_SETTLING_SECONDS = 5.0
"""How long after a change was seen others are looked for: one that was made before may become visible later."""
_READ_SECONDS = 60.0
"""After this all workspaces are read whatever is known: an earlier version, beside this one during an upgrade, leaves no trace of its changes."""


class PolicyWriter:
    """Remembers the last written policy and writes again only if it or the file has changed.

    Only workspaces that changed are read: thousands of them, four times a second, would keep a core busy.
    """

    def __init__(self, deps: Deps, clock: Callable[[], float] = time.monotonic) -> None:
        self._deps, self._clock = deps, clock
        self._path = path_of(deps.settings)
        self._written: Policy | None = None
        self._stamp: Stamp = None
        self._state: WorkspacesState | None = None
        self._parts: dict[str, Policy] = {}
        self._settled_at = self._read_at = 0.0

    def refresh(self) -> bool:
        """Writes the file if it is outdated and returns whether it did. Raises PyMongoError or OSError.

        An action may have put a newer one in place while we read: that must not be undone by what we read before.
        """
        before = stamp_of(self._path)
        state, now = self._deps.store.workspaces.state(), self._clock()
        if state == self._state and self._settled_at <= now < self._read_at and self._stamp == before:
            self._touch()
            return False
        self._load(state, now)
        policy = _joined(self._parts.values())
        is_written = policy != self._written or self._stamp != before
        if is_written:
            if not write_instead(policy, self._path, before):
                return False
            self._written, self._stamp = policy, stamp_of(self._path)
        else:
            self._touch()
        if state != self._state:
            self._state, self._settled_at = state, now + _SETTLING_SECONDS
        return is_written

    def _load(self, state: WorkspacesState, now: float) -> None:
        """Reads what changed since the state of the last policy; all, where that may not be enough."""
        workspaces, last = self._deps.store.workspaces, self._state.stamp if self._state else None
        if last is not None and now < self._read_at:
            self._parts |= {one.id: policy_of([one]) for one in workspaces.changed_since(last)}
            if len(self._parts) == state.count:
                return
        self._parts = {one.id: policy_of([one]) for one in workspaces.all()}
        self._read_at = now + _READ_SECONDS

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


def _joined(parts: Iterable[Policy]) -> Policy:
    whole = Policy(workspaces={}, sites={})
    for part in parts:
        whole.workspaces.update(part.workspaces)
        whole.sites.update(part.sites)
    return whole


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
