"""A lead that was merged with another one is in each sequence once, and has what either of them had. Pure."""

from collections.abc import Iterable

import msgspec

from tracker.domain.outreach.sequence import Enrolment, StepRun, StepState

MERGED_AWAY = "Merged with a lead that was in the sequence, too"
_NOT_ENDED = "Begun for a lead that was merged with this one"


def first_of(found: Iterable[Enrolment], lead: str) -> Enrolment | None:
    """The one of a lead's in one sequence that counts: of the lead that was kept, else the oldest."""
    return min(found, key=lambda one: (one.lead != lead, one.enrolled_at, one.id), default=None)


def steps_of(found: Iterable[Enrolment], first: Enrolment) -> dict[str, StepRun]:
    """The steps that these had and `first` did not. One that was begun is not begun again: its email may be on its way."""
    runs = {
        key: msgspec.structs.replace(run, of=run.of or one.id) for one in found for key, run in one.steps.items() if key not in first.steps
    }
    left_out = {"state": StepState.SKIPPED, "reason": _NOT_ENDED}
    return {key: msgspec.structs.replace(run, **left_out) if run.state is StepState.BEGUN else run for key, run in runs.items()}
