"""Intake: one batch of spool rows into MongoDB. Safe to repeat in part or whole. Called by workers.drain.process."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from tracker.actions.deps import Deps
from tracker.base.clock import from_ms
from tracker.base.errors import Malformed
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visitor import Visitor
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Workspace
from tracker.spool import layout
from tracker.store.core.run_parallel import run_parallel
from tracker.store.store import WorkspaceStore
from workers.drain.convert import BEATS, KINDS, Known, checked, claims_of, dwells_of, event_of
from workers.drain.heartbeats import late_beats

LIVE = timedelta(minutes=2)
"""Events that waited longer than this are backlog: they are counted in the bulk lane, behind what happens now."""

_MOST_KNOWN = 20_000

Row = tuple[str, bytes]
"""Sequence (file and number) and body."""


@dataclass(slots=True)
class Taken:
    """What a batch brought: new events, the beats among the rows, and how many rows were put where."""

    events: list[Event] = field(default_factory=list)
    beats: list[Capture] = field(default_factory=list)
    visitors: dict[tuple[str, str], Visitor] = field(default_factory=dict)
    stored: int = 0
    evidence: int = 0
    poison: int = 0
    lanes: set[str] = field(default_factory=set)
    """Where there is something to recount now."""

    def joined(self, other: "Taken") -> "Taken":
        """What both brought."""
        return Taken(
            self.events + other.events,
            self.beats + other.beats,
            self.visitors | other.visitors,
            self.stored + other.stored,
            self.evidence + other.evidence,
            self.poison + other.poison,
            self.lanes | other.lanes,
        )


class Intake:
    """Takes batches in. Two threads may, at once. Between batches it remembers messages that were sent, which do not change."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._sent: dict[tuple[str, str], MessageBrief] = {}

    def take(self, rows: Sequence[Row]) -> Taken:
        """Stores a batch: opt-outs first, then events, claims and dwell, then dirty marks. Raises PyMongoError.

        Poison rows are set aside with a reason; the rest goes on.
        """
        taken = Taken()
        by_workspace: dict[str, list[tuple[str, Capture]]] = defaultdict(list)
        for sequence, capture in self._placed(self._decoded(rows, taken)):
            by_workspace[capture.workspace].append((sequence, capture))
        known = {w: self._deps.store.workspaces.find(w) for w in by_workspace if w}
        for name, captures in by_workspace.items():
            workspace = known.get(name)
            if workspace is None:
                self._keep_evidence([capture for _, capture in captures], taken)
            else:
                self._take(workspace, captures, taken)
        return taken

    def _placed(self, rows: Iterable[tuple[str, Capture]]) -> Iterable[tuple[str, Capture]]:
        """An edge without a policy does not know whose site it is; we do."""
        homes: dict[str, Workspace | None] = {}
        for sequence, capture in rows:
            if capture.workspace or not capture.site:
                yield sequence, capture
                continue
            if capture.site not in homes:
                homes[capture.site] = self._deps.store.workspaces.of_site(capture.site)
            home = homes[capture.site]
            yield sequence, msgspec.structs.replace(capture, workspace=home.id) if home else capture

    def _decoded(self, rows: Sequence[Row], taken: Taken) -> Iterable[tuple[str, Capture]]:
        poison: list[tuple[str, bytes, str]] = []
        good: list[tuple[str, Capture]] = []
        for sequence, body in rows:
            try:
                good.append((sequence, checked(layout.decode(body))))
            except Malformed as error:
                poison.append((sequence, body, error.code))
        self._deps.store.quarantine.add(poison, self._deps.now())
        taken.poison += len(poison)
        return good

    def _take(self, workspace: Workspace, rows: list[tuple[str, Capture]], taken: Taken) -> None:
        store = self._deps.store.of(workspace.id)
        captures = [capture for _, capture in rows]
        self._keep_evidence([c for c in captures if c.kind not in KINDS and c.kind not in BEATS], taken)
        known = self._known(workspace, store, captures)
        events = [event_of(capture, sequence, known) for sequence, capture in rows if capture.kind in KINDS]
        self._opt_out(store, events)
        fresh = store.events.add_many(events)
        taken.events += [event for event in events if event.id in fresh]
        taken.stored += len(events)
        store.claims.add(claims_of(events))
        beats = [c for c in captures if c.kind in BEATS]
        store.dwell.raise_to(dwells_of(captures))
        taken.beats += beats
        taken.visitors |= {(workspace.id, key): visitor for key, visitor in known.visitors.items()}
        self._note_sites(workspace, captures)
        taken.lanes |= self._mark(workspace, store, events, late_beats(store, beats, known.visitors))

    def _known(self, workspace: Workspace, store: WorkspaceStore, captures: list[Capture]) -> Known:
        named = {c.message for c in captures if c.message}
        messages = {key: brief for key in named if (brief := self._sent.get((workspace.id, key))) is not None}
        found, visitors, shares = run_parallel(
            lambda: store.messages.briefs(named - messages.keys()),
            lambda: store.visitors.by_ids({c.visitor for c in captures if c.visitor}),
            lambda: store.shares.by_ids({c.share for c in captures if c.share}),
        )
        if len(self._sent) > _MOST_KNOWN:
            self._sent = {}
        self._sent |= {(workspace.id, key): brief for key, brief in found.items() if brief.sent_at is not None}
        return Known(workspace, messages | found, {key: share.lead for key, share in shares.items()}, visitors)

    def _keep_evidence(self, captures: list[Capture], taken: Taken) -> None:
        self._deps.store.evidence.add((c, from_ms(c.received)) for c in captures)
        taken.evidence += len(captures)

    def _opt_out(self, store: WorkspaceStore, events: list[Event]) -> None:
        for event in events:
            if event.kind is EventKind.UNSUBSCRIBE and event.lead:
                store.leads.opt_out(event.lead, event.at)

    def _note_sites(self, workspace: Workspace, captures: list[Capture]) -> None:
        """The setup page waits for a site's first page event."""
        waiting = {site.key for site in workspace.sites if site.first_seen_at is None}
        for site in waiting & {c.site for c in captures if c.kind is CaptureKind.VIEW and c.site}:
            at = min(from_ms(c.received) for c in captures if c.site == site)
            self._deps.store.workspaces.saw_site(workspace.id, site, at)

    def _mark(self, workspace: Workspace, store: WorkspaceStore, events: list[Event], beats: list[Capture]) -> set[str]:
        now = self._deps.now()
        lanes: dict[str, list[tuple[str, str, str, object]]] = {"live": [], "bulk": []}
        for event in events:
            lane = lanes["live" if now - event.received <= LIVE else "bulk"]
            if event.visitor:
                lane.append((workspace.id, "visitor", event.visitor, event.at))
            elif event.lead:
                lane.append((workspace.id, "lead", event.lead, event.at))
        for beat in beats:
            if beat.visitor:
                lane = lanes["live" if now - from_ms(beat.received) <= LIVE else "bulk"]
                lane.append((workspace.id, "visitor", beat.visitor, from_ms(beat.at)))
        clicks = [event for event in events if event.kind is EventKind.CLICK and event.is_from_mail]
        for claim in store.claims.on_clicks(c.id for c in clicks) if clicks else ():
            lanes["live"].append((workspace.id, "visitor", claim.visitor, claim.at))
        for lane_name, marks in lanes.items():
            self._deps.store.dirty.mark_many(marks, queue=lane_name)  # type: ignore[arg-type]
        return {name for name, marks in lanes.items() if marks}
