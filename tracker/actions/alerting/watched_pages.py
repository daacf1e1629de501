"""Watched pages: switches alerts about one page on and off, for a rep or for the team. Used by console and API."""

from datetime import timedelta

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import id_of
from tracker.domain.alerting.watched_page import WatchedPage, WatchPeriod
from tracker.rules.page_names import page_name
from tracker.rules.page_paths import page_key
from tracker.store.store import WorkspaceStore

MOST_WATCHED = 100
"""Pages that a rep, or the team, may watch at once."""
_MOST_KEPT = 500
"""Pages kept for a rep with those that were stopped."""
_KEEP_STOPPED = timedelta(days=90)
_MOST_PERIODS = 50


def watch_page(deps: Deps, workspace: str, rep: str | None, url: str, title: str | None = None) -> tuple[WatchedPage, bool]:
    """Switches alerts about views of the page on, from now; returns the page and whether they were off before.

    `rep` is None for the team: then the alerts are about every lead. `title` is what the page is called, if it is known.
    Raises Invalid for what is no page, and Conflict beyond `MOST_WATCHED` pages.
    """
    store, now = deps.store.of(workspace), deps.now()
    key = page_key(checks.web_address("url", url))
    if key is None:
        raise Invalid("url", "must be the address of a page")
    fresh = WatchedPage(
        id=id_of(workspace, rep or "team", *key),
        workspace=workspace,
        rep=rep,
        origin=key[0],
        path=key[1],
        name="",
        periods=(WatchPeriod(since=now),),
        changed_at=now,
    )
    page = msgspec.structs.replace(fresh, name=page_name(fresh.url, title))
    known = store.watched_pages.find(page.id)
    if known and known.is_active:
        return known, False
    _check_room(store, rep, known)
    store.watched_pages.forget_stopped(rep, now - _KEEP_STOPPED)
    if known is None:
        return (page, True) if store.watched_pages.add_once(page) else (store.watched_pages.get(page.id), False)
    periods = (*known.periods, *page.periods)[-_MOST_PERIODS:]
    return _change(store, known, is_active=True, periods=periods, name=page.name, changed_at=now), True


def stop_watching(deps: Deps, workspace: str, page: str) -> WatchedPage:
    """Switches the alerts about the page off, from now. Repeating it changes nothing. Raises NotFound."""
    store, now = deps.store.of(workspace), deps.now()
    known = store.watched_pages.get(page)
    if not known.is_active:
        return known
    *earlier, last = known.periods
    periods = (*earlier, msgspec.structs.replace(last, until=max(now, last.since)))
    return _change(store, known, is_active=False, periods=periods, changed_at=now)


def watched_page(deps: Deps, workspace: str, page: str) -> WatchedPage:
    """A page that alerts are on for. Raises NotFound, also if they were stopped."""
    found = deps.store.of(workspace).watched_pages.find(page)
    if found is None or not found.is_active:
        raise NotFound("no such watched page")
    return found


def audit_details(deps: Deps, page: WatchedPage) -> dict[str, str]:
    """The page and whose alerts these are, for the audit log."""
    rep = deps.store.of(page.workspace).reps.find(page.rep) if page.rep else None
    return {"url": page.url, "for": rep.name if rep else "the team"}


def _change(store: WorkspaceStore, known: WatchedPage, **values: object) -> WatchedPage:
    return store.watched_pages.change(known.id, version=known.version, **values)


def _check_room(store: WorkspaceStore, rep: str | None, known: WatchedPage | None) -> None:
    if len(store.watched_pages.active(rep)) >= MOST_WATCHED:
        raise Conflict(f"alerts are on for {MOST_WATCHED} pages already; stop some of them first")
    if known is None and store.watched_pages.count({"rep": rep}) >= _MOST_KEPT:
        raise Conflict("alerts were switched on and off for too many pages; try again in some days")
