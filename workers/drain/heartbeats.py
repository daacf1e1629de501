"""Heartbeats: which of them change results that are already computed. Called by workers.drain.store_batch around storing their dwell."""

from collections.abc import Mapping, Sequence

from tracker.base.clock import from_ms
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.visitor import Visitor
from tracker.store.activity.event_forms import Amendment
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


def amend(store: WorkspaceStore, heartbeats: Sequence[Capture]) -> list[Capture]:
    """Corrects the views of these heartbeats; returns those that did so: what was computed from their views must be computed again."""
    found = sorted((b for b in heartbeats if b.title is not None and b.visitor and b.page and b.url), key=lambda beat: beat.at)
    store.events.amend_views(
        Amendment(beat.visitor or "", beat.page or "", from_ms(beat.at), beat.url or "", beat.title or "") for beat in found
    )
    return found


def first_inputs(store: WorkspaceStore, heartbeats: Sequence[Capture]) -> list[Capture]:
    """The heartbeats that are the first to report trusted input on a page, or the lack of it: both may decide verdicts.

    Call it before their dwell is stored. A batch that was stored in part and is repeated finds its own values: a heartbeat no later
    than the last one stored counts as the first again, so that a kill in between loses no mark.
    """
    first: dict[tuple[str, str, bool], Capture] = {}
    for beat in heartbeats:
        if beat.inputs is not None and beat.visitor and beat.page:
            key = (beat.visitor, beat.page, beat.inputs > 0)
            if key not in first or beat.at < first[key].at:
                first[key] = beat
    stored = store.dwell.of((visitor, page) for visitor, page, _ in first)

    def is_known(visitor: str, page: str, beat: Capture) -> bool:
        dwell = stored.get((visitor, page))
        if dwell is None or dwell.inputs is None or dwell.last_at is None or (beat.inputs and not dwell.inputs):
            return False
        return dwell.last_at < from_ms(beat.at)

    return [beat for (visitor, page, _), beat in first.items() if not is_known(visitor, page, beat)]


def _lead(heartbeat: Capture, visitors: Mapping[str, Visitor]) -> str | None:
    visitor = visitors.get(heartbeat.visitor or "")
    return visitor.lead_at(from_ms(heartbeat.at)) if visitor else None
