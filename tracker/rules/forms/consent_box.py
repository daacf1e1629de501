"""The checkbox of a form that is consent to tracking: which fields may be chosen, and whether it was ticked. Pure."""

from tracker.domain.activity.event import Event
from tracker.domain.activity.form import Form, FormKind
from tracker.rules.forms.identity import stem


def boxes_of(form: Form) -> tuple[str, ...]:
    """The names of its checkboxes. The row of all other forms has none, because these differ."""
    return tuple(one.name for one in form.fields if one.type == "checkbox" and one.name)


def may_consent(form: Form) -> bool:
    """Whether an admin approved it and did not switch it off."""
    return form.kind is not None and form.kind is not FormKind.OFF and not form.is_others


def is_ticked(form: Form, event: Event) -> bool:
    """Whether the box was ticked after it was chosen. The snippet reports the names of ticked boxes only."""
    if form.consent is None or not may_consent(form) or event.at < form.consent.since:
        return False
    return any(stem(name) == form.consent.field for name in event.fields)
