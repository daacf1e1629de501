"""Refused pages in the drain: the edge's counts, and landing tokens that a redirect lost. Called by workers.drain.store_batch."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock

from tracker.actions.deps import Deps
from tracker.base.clock import from_ms
from tracker.base.ids import id_of
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.workspace.refusal import RefusalCount, RefusalReason
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.links import urls
from tracker.links.landing import with_landing
from tracker.store.store import WorkspaceStore
from workers.drain.withdrawals import SequencedCapture

_WITHIN_MS = 60_000
"""A page view so soon after a click, by the same client, is taken for the page where the click landed."""
_MOST_CLICKS = 5_000
_DEMO_AND_TWO = 3


def without_counts(store: WorkspaceStore, rows: list[SequencedCapture]) -> list[SequencedCapture]:
    """Stores the counts of refused pages; returns the other rows."""
    store.refusals.raise_to(_counts_of(rows))
    return [row for row in rows if row[1].kind is not CaptureKind.REFUSED]


def store_homeless(deps: Deps, rows: list[SequencedCapture]) -> None:
    """Stores the counts of no known workspace, as those of the only company, if there is only one."""
    counts = _counts_of(rows)
    companies = [one for one in deps.store.workspaces.page(limit=_DEMO_AND_TWO) if not one.is_demo] if counts else []
    if len(companies) == 1:
        deps.store.of(companies[0].id).refusals.raise_to(counts)


def _counts_of(rows: Iterable[SequencedCapture]) -> list[RefusalCount]:
    return [
        RefusalCount(c.id, from_ms(c.received).date(), c.site or "", RefusalReason(c.reason or RefusalReason.ORIGIN), c.url or "", c.count)
        for _, c in rows
        if c.kind is CaptureKind.REFUSED
    ]


class LandingWatch:
    """The latest clicks that led to a site, in memory: a page view that follows without their landing token is counted.

    It is a hint for admins: a restart forgets the clicks. Several threads may use it at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._clicks: OrderedDict[tuple[str, str, str, str], int] = OrderedDict()

    def lost(self, workspace: Workspace, captures: Sequence[Capture]) -> list[RefusalCount]:
        """One count for each page view of these captures that came without the token of its click."""
        sites = {origin: site for site in workspace.sites for origin in site.origins}
        found = []
        with self._lock:
            for capture in sorted(captures, key=lambda one: one.received):
                if capture.kind is CaptureKind.CLICK:
                    self._note_click(capture, sites)
                elif capture.kind is CaptureKind.VIEW and self._is_lost(capture):
                    found.append(_count_of(capture))
        return found

    def _note_click(self, capture: Capture, sites: dict[str, Site]) -> None:
        site = sites.get(urls.origin(capture.url or ""))
        if site is None or with_landing(capture.url or "", "-", site.landing_parameter) == capture.url:
            return  # it leads elsewhere, or was given no token
        self._clicks[_client_of(capture, site.key)] = capture.received
        while len(self._clicks) > _MOST_CLICKS:
            self._clicks.popitem(last=False)

    def _is_lost(self, capture: Capture) -> bool:
        clicked = self._clicks.pop(_client_of(capture, capture.site or ""), None)
        return clicked is not None and capture.landing is None and 0 <= capture.received - clicked <= _WITHIN_MS


def _client_of(capture: Capture, site: str) -> tuple[str, str, str, str]:
    return capture.workspace, site, capture.address, capture.agent


def _count_of(view: Capture) -> RefusalCount:
    """Its id is made from the view's, so that a batch that is stored again counts it once."""
    day = from_ms(view.received).date()
    return RefusalCount(id_of(view.id, "landing"), day, view.site or "", RefusalReason.LANDING, urls.origin(view.url or ""), 1)
