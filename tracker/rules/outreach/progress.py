"""Which step of a sequence is a lead's next. Pure."""

from tracker.domain.outreach.sequence import Enrolment, Sequence, SequenceStep, StepKind, StepState


def begun_step(sequence: Sequence, enrolment: Enrolment) -> SequenceStep | None:
    """A step that was begun and not ended: it is completed first."""
    states = {key: run.state for key, run in enrolment.steps.items()}
    return next((step for step in sequence.steps if states.get(step.id) is StepState.BEGUN), None)


def next_step(sequence: Sequence, enrolment: Enrolment) -> SequenceStep | None:
    """The first step after the last one that the lead had; None at the end. No step is given twice, whatever was changed since."""
    had = [index for index, step in enumerate(sequence.steps) if step.id in enrolment.steps]
    rest = sequence.steps[had[-1] + 1 if had else 0 :]
    return rest[0] if rest else None


def emails_of(sequence: Sequence, enrolment: Enrolment) -> list[str]:
    """The messages that the lead got from the sequence, oldest first."""
    is_email = {step.id for step in sequence.steps if step.kind is StepKind.EMAIL}
    runs = sorted((run.at, run.record) for key, run in enrolment.steps.items() if key in is_email and run.record)
    return [record for _, record in runs]
