"""Beats: which of them change what was already counted. Called by workers.drain.store_batch, after their dwell is stored."""

from collections.abc import Mapping, Sequence

from tracker.base.clock import from_ms
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.visitor import Visitor
from tracker.store.store import WorkspaceStore


def late_beats(store: WorkspaceStore, beats: Sequence[Capture], visitors: Mapping[str, Visitor]) -> list[Capture]:
    """Those after which their visitor must be recounted: the last of a page, and those that something newer has overtaken.

    How long the newest page is read changes no words and cuts no visit before the next event comes, on that page or another,
    whose recount reads it. But when that event was stored first (by another edge process, or from another tab), nobody would look again.
    """
    alive = [beat for beat in beats if beat.kind is CaptureKind.BEAT and beat.visitor]
    newest: dict[str, str | None] = {}
    if alive:
        leads = {lead for beat in alive if (lead := _lead(beat, visitors))}
        newest = store.events.newest_views({beat.visitor or "" for beat in alive}, leads)

    def is_overtaken(beat: Capture) -> bool:
        return any(newest.get(name or "", beat.page) != beat.page for name in (beat.visitor, _lead(beat, visitors)))

    return [beat for beat in beats if beat.kind is CaptureKind.LEAVE or is_overtaken(beat)]


def _lead(beat: Capture, visitors: Mapping[str, Visitor]) -> str | None:
    visitor = visitors.get(beat.visitor or "")
    return visitor.lead_at(from_ms(beat.at)) if visitor else None
