"""Opt-outs from mail, by reps and programs. A lead's own unsubscribe reaches the store through the drain."""

from datetime import datetime

from tracker.actions.activity.event_log import record
from tracker.actions.deps import Deps
from tracker.base.ids import id_of
from tracker.domain.activity.event import EventKind
from tracker.domain.leads.lead import Lead


def opt_out(deps: Deps, workspace: str, lead: str, *, at: datetime | None = None, rep: str | None = None) -> Lead:
    """Stops all messages to the lead. The time of the first opt-out is kept."""
    here, now = deps.store.of(workspace), deps.now()
    found = here.leads.addressee(lead)
    if found.opted_out_at is not None:
        return found
    here.leads.change_own(lead, opted_out_at=at or now, updated_at=now)
    event = id_of(workspace, lead, "opt out", (at or now).isoformat())
    record(deps, workspace, event, EventKind.UNSUBSCRIBE, lead=lead, at=at or now, rep=rep)
    return here.leads.addressee(lead)


def opt_in(deps: Deps, workspace: str, lead: str) -> Lead:
    """Allows messages to the lead again."""
    return deps.store.of(workspace).leads.change(lead, opted_out_at=None, updated_at=deps.now())
