"""Storage of a batch of spool rows in MongoDB. Safe to repeat in part or as a whole. Called by workers.drain.row_processor."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.team.own_addresses import RepNetworks, leads_of_team
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
from workers.drain import consent, heartbeats, refusals
from workers.drain.convert import EVENT_KINDS, HEARTBEAT_KINDS, References, claims_of, dwells_of, event_of, validated
from workers.drain.copies import of_their_readers
from workers.drain.forms import list_forms
from workers.drain.withdrawals import recorded, without_landings

LIVE = timedelta(minutes=2)
"""Older events are backlog: they are recomputed in the queue `bulk`, behind new ones."""

_MAX_SENT = 20_000
_COUNTS = frozenset({CaptureKind.UNTRACKED, CaptureKind.REFUSED})
_NO_EVIDENCE = frozenset({*EVENT_KINDS, *HEARTBEAT_KINDS, CaptureKind.TRACKING})

Row = tuple[str, bytes]
"""Sequence (file and number) and body."""
DirtyMark = tuple[str, str, str, datetime]
"""Workspace, kind, key and time of what must be recomputed."""
ReceivedMark = tuple[datetime, DirtyMark]
"""When its cause was received, and the mark."""


@dataclass(slots=True)
class BatchResult:
    """What a batch contained: new events, heartbeats, the visitors of both, and how many rows went where."""

    events: list[Event] = field(default_factory=list)
    heartbeats: list[Capture] = field(default_factory=list)
    visitors: dict[tuple[str, str], Visitor] = field(default_factory=dict)
    stored: int = 0
    evidence: int = 0
    poison: int = 0
    refused: int = 0
    """Rows of leads who refused tracking, which were not stored."""
    queues: set[str] = field(default_factory=set)
    """The queues that have something to recompute."""

    def merged(self, other: "BatchResult") -> "BatchResult":
        """The result of both batches."""
        return BatchResult(
            self.events + other.events,
            self.heartbeats + other.heartbeats,
            self.visitors | other.visitors,
            self.stored + other.stored,
            self.evidence + other.evidence,
            self.poison + other.poison,
            self.refused + other.refused,
            self.queues | other.queues,
        )


class BatchStorer:
    """Stores batches; two threads may use it at once. Caches sent messages between batches, since those do not change."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._sent: dict[tuple[str, str], MessageBrief] = {}
        self._rep_networks = RepNetworks(deps)
        self._landings = refusals.LandingWatch()

    def store(self, rows: Sequence[Row]) -> BatchResult:
        """Stores a batch: the choices of leads, evidence and opt-outs first, then events, claims and dwell times, then dirty marks. Raises PyMongoError.

        Poison rows are quarantined with a reason; the others are stored.
        """
        result = BatchResult()
        by_workspace: dict[str, list[tuple[str, Capture]]] = defaultdict(list)
        for sequence, capture in self._with_workspace(self._decoded(rows, result)):
            by_workspace[capture.workspace].append((sequence, capture))
        workspaces = {w: self._deps.store.workspaces.find(w) for w in by_workspace if w}
        for name, captures in by_workspace.items():
            workspace = workspaces.get(name)
            if workspace is None:
                refusals.store_homeless(self._deps, captures)
                self._store_evidence([capture for _, capture in captures if capture.kind not in _COUNTS], result)
            else:
                self._store_workspace(workspace, captures, result)
        return result

    def _with_workspace(self, rows: Iterable[tuple[str, Capture]]) -> Iterable[tuple[str, Capture]]:
        """Adds the workspace to captures of an edge that had no policy and so did not know whose site it is."""
        workspaces: dict[str, Workspace | None] = {}
        for sequence, capture in rows:
            if capture.workspace or not capture.site:
                yield sequence, capture
                continue
            if capture.site not in workspaces:
                workspaces[capture.site] = self._deps.store.workspaces.of_site(capture.site)
            workspace = workspaces[capture.site]
            yield sequence, msgspec.structs.replace(capture, workspace=workspace.id) if workspace else capture

    def _decoded(self, rows: Sequence[Row], result: BatchResult) -> Iterable[tuple[str, Capture]]:
        poison: list[tuple[str, bytes, str]] = []
        good: list[tuple[str, Capture]] = []
        for sequence, body in rows:
            try:
                good.append((sequence, validated(layout.decode(body))))
            except Malformed as error:
                poison.append((sequence, body, error.code))
        self._deps.store.quarantine.add(poison, self._deps.now())
        result.poison += len(poison)
        return good

    def _store_workspace(self, workspace: Workspace, rows: list[tuple[str, Capture]], result: BatchResult) -> None:
        store = self._deps.store.of(workspace.id)
        rows = refusals.without_counts(store, rows)
        references = self._references(workspace, store, [capture for _, capture in rows])
        consent.record_choices(self._deps, (capture for _, capture in rows), references)
        wanted, untracked = recorded(rows, self._deps.store.withdrawn, store)
        store.untracked.add(untracked)
        kept = without_landings(self._deps, workspace.id, rows, consent.without_refused(store, wanted, references))
        result.refused += len(wanted) - len(kept)
        self._store_kept(workspace, store, kept, references, result)

    def _store_kept(
        self, workspace: Workspace, store: WorkspaceStore, rows: list[tuple[str, Capture]], references: References, result: BatchResult
    ) -> None:
        captures = [capture for _, capture in rows]
        store.refusals.raise_to(self._landings.lost(workspace, captures))
        evidence = [c for c in captures if c.kind not in _NO_EVIDENCE]
        self._store_evidence(evidence, result)
        events = [event_of(capture, sequence, references) for sequence, capture in rows if capture.kind in EVENT_KINDS]
        events = list_forms(store, events, captures, self._deps.now())
        self._opt_out(store, events)
        new = store.events.add_many(events)
        result.events += [event for event in events if event.id in new]
        result.stored += len(events)
        store.claims.add(claims_of(events))
        beats = [c for c in captures if c.kind in HEARTBEAT_KINDS]
        began = heartbeats.first_inputs(store, beats)
        store.dwell.raise_to(dwells_of(captures))
        result.heartbeats += beats
        result.visitors |= {(workspace.id, key): visitor for key, visitor in references.visitors.items()}
        self._record_sites(workspace, captures)
        changing = [*began, *heartbeats.amend(store, beats), *heartbeats.to_recompute(store, beats, references.visitors)]
        result.queues |= self._mark(workspace, store, events, [*_probe_marks(workspace, evidence, references), *_beat_marks(changing)])

    def _references(self, workspace: Workspace, store: WorkspaceStore, captures: list[Capture]) -> References:
        message_ids = {c.message for c in captures if c.message}
        cached = {key: brief for key in message_ids if (brief := self._sent.get((workspace.id, key))) is not None}
        visitor_ids = {c.visitor for c in captures if c.visitor}
        share_ids = {c.share for c in captures if c.share}
        found, visitors, shares = run_parallel(
            lambda: store.messages.briefs(message_ids - cached.keys()),
            lambda: store.visitors.by_ids(visitor_ids),
            lambda: store.shares.by_ids(share_ids),
        )
        if len(self._sent) > _MAX_SENT:
            self._sent = {}
        self._sent |= {(workspace.id, key): brief for key, brief in found.items() if brief.sent_at is not None}
        messages = of_their_readers(self._deps, workspace.id, cached | found)
        leads = {key: share.lead for key, share in shares.items()}
        signed = [c for c in captures if c.rep]
        of_signed = {brief.lead for c in signed if (brief := messages.get(c.message or ""))} | {
            leads[c.share] for c in signed if c.share in leads
        }
        return References(
            workspace,
            messages,
            leads,
            visitors,
            now=self._deps.now(),
            is_https=self._deps.settings.edge_url.startswith("https:"),
            networks=self._deps.networks,
            team=leads_of_team(store, of_signed),
            trials=frozenset(key for key, share in shares.items() if share.is_trial),
            rep_networks=self._rep_networks.of(workspace.id) if message_ids or share_ids else frozenset(),
        )

    def _store_evidence(self, captures: list[Capture], result: BatchResult) -> None:
        self._deps.store.evidence.add((c, from_ms(c.received)) for c in captures)
        result.evidence += len(captures)

    def _opt_out(self, store: WorkspaceStore, events: list[Event]) -> None:
        for event in events:
            if event.kind is EventKind.UNSUBSCRIBE and event.lead:
                store.leads.opt_out(event.lead, event.at)

    def _record_sites(self, workspace: Workspace, captures: list[Capture]) -> None:
        """Records a site's first page view, for which the setup page waits."""
        waiting = {site.key for site in workspace.sites if site.first_seen_at is None}
        for site in waiting & {c.site for c in captures if c.kind is CaptureKind.VIEW and c.site}:
            at = min(from_ms(c.received) for c in captures if c.site == site)
            self._deps.store.workspaces.saw_site(workspace.id, site, at)

    def _mark(self, workspace: Workspace, store: WorkspaceStore, events: list[Event], others: list[ReceivedMark]) -> set[str]:
        """Marks what must be recomputed: because of events, and for other reasons. Returns the queues that got marks."""
        now = self._deps.now()
        queues: dict[str, list[DirtyMark]] = {"live": [], "bulk": []}
        for event in events:
            if mark := _mark_of(event):
                queues[_queue_of(event.received, now)].append(mark)
        for received, mark in others:
            queues[_queue_of(received, now)].append(mark)
        clicks = [event.id for event in events if event.kind is EventKind.CLICK and event.is_from_mail]
        for claim in store.claims.on_clicks(clicks) if clicks else ():
            queues["live"].append((workspace.id, "visitor", claim.visitor, claim.at))
        for name, marks in queues.items():
            self._deps.store.dirty.mark_many(marks, queue=name)
        return {name for name, marks in queues.items() if marks}


def _mark_of(event: Event) -> DirtyMark | None:
    if event.visitor:
        return event.workspace, "visitor", event.visitor, event.at
    return (event.workspace, "lead", event.lead, event.at) if event.lead else None


def _beat_marks(beats: Iterable[Capture]) -> list[ReceivedMark]:
    return [(from_ms(c.received), (c.workspace, "visitor", c.visitor, from_ms(c.at))) for c in beats if c.visitor]


def _probe_marks(workspace: Workspace, evidence: Iterable[Capture], references: References) -> list[ReceivedMark]:
    """Marks of the leads whose messages HEAD requests and refused tokens name: their opens and clicks are judged again."""
    named = [(c, brief) for c in evidence if (brief := references.messages.get(c.message or "")) is not None]
    return [(from_ms(c.received), (workspace.id, "lead", brief.lead, from_ms(c.received))) for c, brief in named]


def _queue_of(received: datetime, now: datetime) -> str:
    return "live" if now - received <= LIVE else "bulk"
