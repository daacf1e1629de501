"""Fills a workspace with any number of leads and events, for benchmarks. Called by `leadlight demo --events N --leads M --seed S`."""

import time
from collections.abc import Callable
from functools import partial

import msgspec
from pymongo.errors import PyMongoError

from tracker.actions.demo import rows
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import id_of
from tracker.demo_data.bulk import chunks
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.store.core.client import is_away

_TRIES, _PAUSE_SECONDS = 10, 2.0
_UNUSED_ORIGIN = "http://bulk.example"


def fill(deps: Deps, workspace: str, *, events: int, leads: int, seed: int, progress: Callable[[int], None] | None = None) -> int:
    """Adds leads and events in chunks, marks them for the bulk workers, and returns the number of events.

    `progress` gets the number of events so far. Raises Conflict for a repeated seed, Invalid for fewer than one lead.
    """
    if leads < 1 or events < 0:
        raise Invalid("leads", "must be at least 1, and events not below 0")
    known = _with_site(deps, deps.store.workspaces.get(workspace))
    store, done = deps.store.of(workspace), 0
    if store.leads.by_email(f"lead-{seed}.0@bulk.example"):
        raise Conflict(f"seed {seed} was used in this workspace already; choose another")
    for chunk in chunks(known, events, leads, seed, deps.now()):
        _retry(partial(store.leads.add_many, chunk.leads))
        _retry(partial(store.messages.add_many, chunk.messages))
        _retry(partial(store.claims.add, chunk.claims))
        _retry(partial(store.dwell.raise_to, chunk.dwells))
        _retry(partial(store.events.add_many, chunk.events))
        _retry(partial(rows.mark, deps, workspace, chunk.events, chunk.leads, queue="bulk"))
        done += len(chunk.events)
        if progress:
            progress(done)
    return done


def _retry(write: Callable[[], object]) -> None:
    """Retries a write while MongoDB is unavailable, for example under heavy load. All writes are idempotent."""
    for number in range(_TRIES):
        try:
            write()
        except Conflict:
            if number == 0:
                raise
        except PyMongoError as error:
            if number == _TRIES - 1 or not is_away(error):
                raise
            time.sleep(_PAUSE_SECONDS)
            continue
        return


def _with_site(deps: Deps, workspace: Workspace) -> Workspace:
    """The workspace with a site, which page events need. Adds one with an unused origin."""
    if workspace.sites:
        return workspace
    site = Site(key=id_of(workspace.id, "bulk site")[:16], name="Bulk", origins=(_UNUSED_ORIGIN,))
    changed = deps.store.workspaces.change(workspace.id, sites=(site,))
    return msgspec.structs.replace(workspace, sites=changed.sites)
