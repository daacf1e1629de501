"""Saved reports: add, remove, and those that a reader sees. Used by console and API."""

from collections.abc import Mapping

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.base.ids import new_id
from tracker.domain.reports.saved_report import SavedReport
from tracker.rules import visibility
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.named_periods import PERIODS
from tracker.rules.reports.records import Group
from tracker.rules.visibility import Viewer

MOST_REPORTS = 200
"""Saved reports of a rep, or of programs."""
_LONGEST_NAME = 80
_LONGEST_KEY = 200


def add_report(
    deps: Deps,
    viewer: Viewer,
    *,
    name: str,
    report: str,
    period: str,
    group: str = "",
    filters: Mapping[str, str] | None = None,
    is_shared: bool = False,
) -> SavedReport:
    """Saves a report of the viewer. Raises Invalid; Conflict beyond `MOST_REPORTS`."""
    here, rep = deps.store.of(viewer.workspace.id), viewer.rep.id if viewer.rep else None
    if rep is None and not is_shared:
        raise Invalid("shared", "must be true, because this key belongs to no rep")
    checks.one_of("report", report, tuple(METRICS))
    checks.one_of("period", period, PERIODS)
    if group:
        checks.one_of("group", group, tuple(one for one in Group if one is not Group.LIST))
    for key, value in (filters or {}).items():
        checks.one_of("filters", key, tuple(Group))
        if len(value) > _LONGEST_KEY:
            raise Invalid("filters", f"must have at most {_LONGEST_KEY} characters each")
    if here.saved_reports.count({"rep": rep}) >= MOST_REPORTS:
        raise Conflict(f"there are {MOST_REPORTS} saved reports already; delete some of them first")
    made = SavedReport(
        id=new_id(),
        workspace=viewer.workspace.id,
        name=checks.line("name", name, longest=_LONGEST_NAME),
        report=report,
        period=period,
        group=group,
        filters=dict(filters or {}),
        rep=rep,
        is_shared=is_shared,
        created_at=deps.now(),
    )
    return here.saved_reports.add(made)


def visible_reports(deps: Deps, viewer: Viewer) -> list[SavedReport]:
    """Those of the viewer and the shared ones, by name."""
    return deps.store.of(viewer.workspace.id).saved_reports.visible(viewer.rep.id if viewer.rep else None)


def visible_report(deps: Deps, viewer: Viewer, key: str) -> SavedReport:
    """One of them. Raises NotFound, also for a colleague's private report."""
    found = deps.store.of(viewer.workspace.id).saved_reports.find(key)
    if found is None or not visibility.may_see_list(viewer, found):
        raise NotFound("no such saved report")
    return found


def remove_report(deps: Deps, viewer: Viewer, key: str) -> SavedReport:
    """Deletes a saved report, by its owner, or by admins where it is shared; returns it. Raises NotFound, Forbidden."""
    found = visible_report(deps, viewer, key)
    if not visibility.may_change_list(viewer, found):
        raise Forbidden("only its owner and admins may delete a saved report")
    deps.store.of(viewer.workspace.id).saved_reports.remove(found.id)
    return found
