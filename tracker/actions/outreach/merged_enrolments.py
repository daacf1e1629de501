"""A lead that was merged with another one is in each sequence once, and has what either of them had."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from tracker.actions.deps import Deps
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS, Enrolment, EnrolmentState, StepRun, StepState

MERGED_AWAY = "Merged with a lead that was in the sequence, too"
_NOT_ENDED = "Begun for a lead that was merged with this one"


def first_of(found: Iterable[Enrolment], lead: str) -> Enrolment | None:
    """The one of a lead's in one sequence that counts: of the lead that was kept, else the oldest."""
    return min(found, key=lambda one: (one.lead != lead, one.enrolled_at, one.id), default=None)


def steps_of(found: Iterable[Enrolment], first: Enrolment) -> dict[str, StepRun]:
    """The steps that these had and `first` did not. One that was begun is not begun again: its email may be on its way."""
    runs = {key: run for one in found for key, run in one.steps.items() if key not in first.steps}
    left_out = {"state": StepState.SKIPPED, "reason": _NOT_ENDED}
    return {key: msgspec.structs.replace(run, **left_out) if run.state is StepState.BEGUN else run for key, run in runs.items()}


def settle_merged(deps: Deps, workspace: str, found: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
    """Ends all but one enrolment of leads that are one by now; those of `found` that are left, as they are then. Safe to repeat."""
    here = deps.store.of(workspace)
    kept = here.leads.kept_ids({one.lead for one in found})
    merged = {lead for other, lead in here.leads.ids_with_merged(set(kept.values())).items() if other != lead}
    if not merged:
        return list(found)
    wanted = {(one.sequence, kept[one.lead]) for one in found if kept[one.lead] in merged}
    for lead in {lead for _, lead in wanted}:
        known = here.enrolments.of_lead(lead)
        for sequence in {sequence for sequence, owner in wanted if owner == lead}:
            _keep_one(deps, [one for one in known if one.sequence == sequence], lead, now)
    fresh = here.enrolments.by_ids(one.id for one in found)
    return [fresh[one.id] for one in found if one.id in fresh and fresh[one.id].state in OPEN_ENROLMENTS]


def _keep_one(deps: Deps, found: Sequence[Enrolment], lead: str, now: datetime) -> None:
    first = first_of(found, lead)
    if first is None:
        return
    here, others = deps.store.of(first.workspace).enrolments, [one for one in found if one.id != first.id]
    for key, run in steps_of(others, first).items():
        here.save_step(first.id, key, run)
    for one in others:
        values = {"state": EnrolmentState.STOPPED, "reason": MERGED_AWAY, "due_at": None, "ended_at": now}
        here.advance(one.id, OPEN_ENROLMENTS, **values)
