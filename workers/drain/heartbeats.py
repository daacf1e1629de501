"""Heartbeats: which of them change results that are already computed. Called by workers.drain.store_batch once their dwell is stored."""

from collections.abc import Mapping, Sequence

from tracker.base.clock import from_ms
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.visitor import Visitor
from tracker.store.store import WorkspaceStore


def to_recompute(store: WorkspaceStore, heartbeats: Sequence[Capture], visitors: Mapping[str, Visitor]) -> list[Capture]:
    """The heartbeats whose visitor must be recomputed: the last one of a page, and those that arrive after a newer page view.

    The dwell time of the newest page changes no text and ends no visit before the next event, whose recomputation reads it. But if
    that event was stored first (from another edge process or another tab), nothing else triggers a recomputation.
    """
    alive = [beat for beat in heartbeats if beat.kind is CaptureKind.BEAT and beat.visitor]
    newest: dict[str, str | None] = {}
    if alive:
        leads = {lead for beat in alive if (lead := _lead(beat, visitors))}
        newest = store.events.newest_views({beat.visitor or "" for beat in alive}, leads)

    def is_overtaken(beat: Capture) -> bool:
        return any(newest.get(name or "", beat.page) != beat.page for name in (beat.visitor, _lead(beat, visitors)))

    return [beat for beat in heartbeats if beat.kind is CaptureKind.LEAVE or is_overtaken(beat)]


def _lead(heartbeat: Capture, visitors: Mapping[str, Visitor]) -> str | None:
    visitor = visitors.get(heartbeat.visitor or "")
    return visitor.lead_at(from_ms(heartbeat.at)) if visitor else None
