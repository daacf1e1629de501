"""Withdrawals in the drain: leaves out rows of withdrawn ids, which were spooled before the edge knew. Called by workers.drain.store_batch."""

from collections.abc import Container, Iterator
from datetime import date, datetime

from tracker.actions.deps import Deps
from tracker.base.clock import from_ms
from tracker.base.ids import id_of
from tracker.domain.activity.capture import NEVER_SHED, Capture, CaptureKind
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
from tracker.store.privacy.untracked import UntrackedCount
from tracker.store.privacy.withdrawn import Withdrawn
from tracker.store.store import WorkspaceStore

SequencedCapture = tuple[str, Capture]
"""Sequence (file and number) and capture."""


def recorded(rows: list[SequencedCapture], listed: Withdrawn, store: WorkspaceStore) -> tuple[list[SequencedCapture], list[UntrackedCount]]:
    """The rows to store, and the counts of the others. All rows are of one workspace.

    An opt-out of a withdrawn message acts, unless its lead is erased. A batch whose browser consents acts if it was received after the
    withdrawal.
    """
    since = listed.listed(key for _, capture in rows for key in _hashes(capture))
    asked = {capture.message for _, capture in rows if capture.kind in NEVER_SHED and capture.message} if since else set()
    known = store.messages.briefs(asked)
    kept: list[SequencedCapture] = []
    counts: list[UntrackedCount] = []
    for sequence, capture in rows:
        if capture.kind is CaptureKind.UNTRACKED:
            counts.append(UntrackedCount(capture.id, _day(capture), capture.count))
        elif not since or _may_be_stored(capture, since, known):
            kept.append((sequence, capture))
        else:
            counts.append(UntrackedCount(id_of(capture.id, "untracked"), _day(capture), 1))
    return kept, counts


def without_landings(deps: Deps, workspace: str, rows: list[SequencedCapture], kept: list[SequencedCapture]) -> list[SequencedCapture]:
    """The kept rows without page events that present the landing token of a click which was left out of `rows`.

    Such clicks are listed, for those that come in a later batch.
    """
    present = {sequence for sequence, _ in kept}
    clicks = {capture.id for sequence, capture in rows if capture.kind is CaptureKind.CLICK and sequence not in present}
    deps.store.withdrawn.put(workspace, ((WithdrawnKind.CLICK, click) for click in clicks), deps.now())
    return [(sequence, capture) for sequence, capture in kept if capture.consent or capture.landing not in clicks]


def _may_be_stored(capture: Capture, since: dict[bytes, datetime], known: Container[str | None]) -> bool:
    found = [since[key] for key in _hashes(capture) if key in since]
    if not found:
        return True
    if capture.kind in NEVER_SHED:
        return capture.message in known
    return capture.consent and from_ms(capture.received) >= max(found)


def _hashes(capture: Capture) -> Iterator[bytes]:
    named = (
        (WithdrawnKind.MESSAGE, capture.message),
        (WithdrawnKind.SHARE, capture.share),
        (WithdrawnKind.VISITOR, capture.visitor),
        (WithdrawnKind.CLICK, capture.landing),
    )
    return (withdrawn_hash(capture.workspace, kind, record) for kind, record in named if record)


def _day(capture: Capture) -> date:
    return from_ms(capture.received).date()
