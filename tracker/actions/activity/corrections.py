"""Corrections: what a rep says of an event's cause. It decides the verdict; score, stage and alerts follow. Used by console and API."""

import logging
from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import is_id
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.team.rep import Rep
from tracker.rules.verdicts.pages import same_visit
from tracker.store.store import WorkspaceStore

log = logging.getLogger(__name__)

CAUSES = ("person", "machine", "me")
"""What a rep may say of an event's cause; `me` stands for the rep's own team."""
CORRECTABLE = frozenset({EventKind.OPEN, EventKind.CLICK, EventKind.VIEW, EventKind.SUBMIT, EventKind.DOWNLOAD})
"""Kinds whose cause is a guess. Reps, programs and mail servers record the others."""
_VISIT = timedelta(hours=12)
"""Page events so close may belong to the same visit."""


def event_of_lead(deps: Deps, workspace: str, lead: str, event: str) -> Event:
    """The event of the lead. Raises NotFound if there is none, or if it belongs to another lead."""
    found = deps.store.of(workspace).events.get(event) if is_id(event) else None
    if found is None or not deps.store.of(workspace).leads.is_one(found.lead or "", lead):
        raise NotFound("no such event")
    return found


def correct_cause(deps: Deps, workspace: str, event_id: str, cause: str | None, rep: Rep | None) -> Event:
    """Stores the cause, or takes a correction back (None), and marks what follows from it. Returns the event with its verdict so far.

    A correction of a page event counts for its whole visit and replaces an earlier one there. `rep` is None for a program.
    Raises NotFound, Invalid for an unknown cause or another kind of event, and Conflict for an event whose days are sealed.
    """
    store, home = deps.store.of(workspace), deps.store.workspaces.get(workspace)
    event = store.events.get(event_id)
    if event.kind not in CORRECTABLE:
        raise Invalid("event", "is not an open, a click or a page event")
    if cause is not None and cause not in CAUSES:
        raise Invalid("cause", f"must be one of {', '.join(CAUSES)}, or empty")
    if home.sealed_before and event.at < home.sealed_before:
        raise Conflict("the event is older than the time for which events are kept")
    for other in _corrected_beside(store, event) if cause else ():
        store.events.correct(other, None)
    store.events.correct(event.id, cause)
    _mark(deps, workspace, event)
    log.info("cause corrected", extra={"event": event.id, "cause": cause, "rep": rep.id if rep else None})
    return store.events.get(event_id)


def cause_details(old: Event, new: Event) -> dict[str, str]:
    """The correction before and after, for the audit log."""
    return {"event": old.id, "kind": old.kind.value, "old": old.correction or "none", "new": new.correction or "none"}


def _corrected_beside(store: WorkspaceStore, event: Event) -> list[str]:
    """The other corrected events of the visit of a page event."""
    if event.is_from_mail or not event.visitor:
        return []
    near = store.events.of_visitors({event.visitor: (event.at - _VISIT, event.at + _VISIT)})
    pages = [other for other in near if other.kind in CORRECTABLE]
    return [other.id for other in same_visit(pages, event.id) if other.correction and other.id != event.id]


def _mark(deps: Deps, workspace: str, event: Event) -> None:
    """Marks the event's lead and browser, and the browsers that followed the click."""
    claims = deps.store.of(workspace).claims.on_clicks([event.id]) if event.kind is EventKind.CLICK else []
    marks = [(workspace, "visitor", claim.visitor, claim.at) for claim in claims]
    marks += [(workspace, kind, key, event.at) for kind, key in (("lead", event.lead), ("visitor", event.visitor)) if key]
    deps.store.dirty.mark_many(marks)
    deps.wake.live()
