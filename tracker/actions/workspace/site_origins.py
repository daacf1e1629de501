"""The origins of a site: add or ignore one, and the pages that were refused because one is missing."""

from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.workspace.workspaces import change_site
from tracker.base.errors import NotFound
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.sites.origins import checked_origin
from tracker.rules.sites.refusals import RefusalNotice, notices_of

SHOWN = timedelta(days=7)
"""Older refusals are not shown: their cause is probably gone."""
_MOST_IGNORED = 100


def refusals_of(deps: Deps, workspace: Workspace, *, within: timedelta = SHOWN) -> list[RefusalNotice]:
    """What was refused lately, with what to do about it."""
    return notices_of(workspace, deps.store.of(workspace.id).refusals.since((deps.now() - within).date()))


def add_origin(deps: Deps, workspace: str, key: str, origin: str) -> Site:
    """Adds an address to a site. Raises Invalid, NotFound."""
    site = _site(deps, workspace, key)
    return change_site(deps, workspace, key, origins=[*site.origins, checked_origin(origin)])


def ignore_origin(deps: Deps, workspace: str, key: str, origin: str) -> Site:
    """Stops telling of refused pages of this address. Raises Invalid, NotFound."""
    site = _site(deps, workspace, key)
    ignored = dict.fromkeys([*site.ignored_origins, checked_origin(origin)])
    return change_site(deps, workspace, key, ignored_origins=tuple(ignored)[-_MOST_IGNORED:])


def _site(deps: Deps, workspace: str, key: str) -> Site:
    found = deps.store.workspaces.get(workspace).site(key)
    if found is None:
        raise NotFound("no such site")
    return found
