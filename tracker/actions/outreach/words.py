"""Steps of sequences in words. Used by console and assistants."""

from collections.abc import Mapping

from tracker.domain.outreach.sequence import SequenceStep, StepKind, StepTest, StepUnit

_TESTS = {
    StepTest.ALWAYS: "",
    StepTest.NOT_OPENED: ", if the last email was not opened",
    StepTest.CLICKED: ", as soon as a link is clicked without a reply",
    StepTest.VIEWED: ", as soon as {page} is viewed",
}


def step_in_words(step: SequenceStep, templates: Mapping[str, str]) -> str:
    """What it does, such as `Email “Hello”, in the same conversation`. `templates`: names by id."""
    if step.kind is StepKind.TASK:
        return f"Task “{step.text}”"
    name = templates.get(step.template)
    return (f"Email “{name}”" if name else "Email from a template that was removed") + (
        ", in the same conversation" if step.is_answer else ""
    )


def wait_in_words(step: SequenceStep, *, is_first: bool) -> str:
    """When it comes, such as `After 2 working days, if the last email was not opened`."""
    unit = "day" if step.unit is StepUnit.DAYS else "hour"
    span = f"{step.after} working {unit}{'' if step.after == 1 else 's'}"
    if step.test in (StepTest.CLICKED, StepTest.VIEWED):
        wait = f"Within {span}"
    elif step.after:
        wait = f"After {span}"
    else:
        wait = "At once" if is_first else "Right after it"
    return wait + _TESTS[step.test].format(page=step.page)
