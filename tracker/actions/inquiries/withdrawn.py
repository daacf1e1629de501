"""Leads that an inquiry made which turned out to be no person's: archived, and restored if it was one after all. Called by workers."""

import contextlib

import msgspec

from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.actions.pipeline.board_totals import follow
from tracker.base.errors import Conflict, NotFound
from tracker.domain.leads.lead import Lead


def follow_inquiry(deps: Deps, lead: Lead, *, stands: bool) -> None:
    """Archives the lead of an inquiry that does not stand, or restores it; one that was changed since stays as it is."""
    made = lead.made_by
    if made is None or made.version != lead.version or stands is not made.is_withdrawn:
        return
    now = deps.now()
    values = {
        "archived_at": None if stands else now,
        "made_by": msgspec.structs.replace(made, version=lead.version + 1, is_withdrawn=not stands),
    }
    with contextlib.suppress(Conflict, NotFound):  # changed or erased meanwhile
        after = deps.store.of(lead.workspace).leads.change(lead.id, version=lead.version, updated_at=now, **values)
        follow(deps, lead, after)
        changed(deps, lead.workspace, lead.id)
