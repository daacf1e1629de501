"""/watched-pages: pages whose views cause an alert, for the caller's leads or for every lead."""

from tracker.actions.alerting import watched_pages
from tracker.base.errors import Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import is_admin, may_act_as
from tracker.web.api.access import check_is_admin
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.watched_pages import WatchedPageIn, WatchedPageOut, watched_page_out
from tracker.web.api.schemas.base import List

operations = Operations()


@operations.add("GET", "/watched-pages", response=List[WatchedPageOut])
def list_watched_pages(call: Call) -> List[WatchedPageOut]:
    """Lists the pages that the caller and the team are alerted about; admins see those of all reps."""
    pages = call.store.watched_pages
    found = pages.all_active() if is_admin(call.viewer) else pages.active(call.rep_id, None)
    return List[WatchedPageOut].model_construct(items=[watched_page_out(page) for page in found], next=None)


def _authorize_watch(call: Call, body: WatchedPageIn) -> None:
    if _is_for_team(call, body):
        check_is_admin(call)


@operations.add(
    "POST",
    "/watched-pages",
    body=WatchedPageIn,
    response=WatchedPageOut,
    status=201,
    authorize=_authorize_watch,
    audit=(AuditAction.PAGE_WATCHED,),
)
def watch_page(call: Call, body: WatchedPageIn) -> WatchedPageOut:
    """Switches alerts about a page on, from now."""
    if call.rep is None and not _is_for_team(call, body):
        raise Invalid("team", "must be true, because this key belongs to no rep")
    rep = None if _is_for_team(call, body) else call.rep_id
    page, is_new = watched_pages.watch_page(call.deps, call.workspace.id, rep, body.url, body.title)
    if is_new:
        call.record(AuditAction.PAGE_WATCHED, page.name, **watched_pages.audit_details(call.deps, page))
    return watched_page_out(page)


@operations.add("DELETE", "/watched-pages/{watched_page}", status=204, audit=(AuditAction.PAGE_UNWATCHED,))
def stop_watching(call: Call, watched_page: str) -> None:
    """Switches the alerts about a page off; those of the team by admins only."""
    found = watched_pages.watched_page(call.deps, call.workspace.id, watched_page)
    if not may_act_as(call.viewer, found.rep):
        raise NotFound("no such watched page")
    if found.rep is None:
        check_is_admin(call)
    watched_pages.stop_watching(call.deps, call.workspace.id, found.id)
    call.record(AuditAction.PAGE_UNWATCHED, found.name, **watched_pages.audit_details(call.deps, found))


def _is_for_team(call: Call, body: WatchedPageIn) -> bool:
    return body.team if body.team is not None else call.rep is None
