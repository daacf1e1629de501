"""Consent in the drain: what leads chose, and which captures must not be stored. Called by workers.drain.store_batch."""

from collections.abc import Iterable, Sequence

from tracker.actions.deps import Deps
from tracker.actions.privacy.consents import record_choice
from tracker.base.clock import from_ms
from tracker.domain.activity.capture import NEVER_SHED, Capture, CaptureKind
from tracker.store.store import WorkspaceStore
from workers.drain.convert import References, lead_of

Row = tuple[str, Capture]


def record_choices(deps: Deps, captures: Iterable[Capture], references: References) -> None:
    """Records the choices of leads. Call it before `without_refused`, since a batch may hold a refusal and what it concerns."""
    for capture in captures:
        if capture.kind is CaptureKind.TRACKING and (message := references.messages.get(capture.message or "")) is not None:
            record_choice(
                deps,
                references.workspace.id,
                message.lead,
                record=capture.id,
                state=capture.choice or "",
                at=from_ms(capture.at),
                wording=capture.wording,
            )


def without_refused(store: WorkspaceStore, rows: Sequence[Row], references: References) -> list[Row]:
    """The rows without those of leads who refused tracking, whenever they were captured. Opt-outs stay."""
    leads = {sequence: lead_of(capture, from_ms(capture.at), references) for sequence, capture in rows}
    refusing = store.leads.refusing({lead for lead in leads.values() if lead})
    return [(sequence, capture) for sequence, capture in rows if capture.kind in NEVER_SHED or leads[sequence] not in refusing]
