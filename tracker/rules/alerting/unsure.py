"""Which unsure events the console shows as *Not confirmed*. Pure; called by workers.recompute.alerts."""

from tracker.domain.activity.event import Event, EventKind, Label
from tracker.domain.alerting.alert import AlertRule
from tracker.rules.alerting.shorten import shorten
from tracker.rules.page_names import page_name

_RULES = {EventKind.CLICK: AlertRule.CLICK, EventKind.SUBMIT: AlertRule.FORM}
_ACTS = {EventKind.CLICK: "a click by", EventKind.SUBMIT: "a form sent by"}
_LONGEST_TITLE = 60

UNSURE_TEXT = "It looks like a mail security check. You are alerted if a person reads the page."


def unsure_rule(event: Event) -> AlertRule | None:
    """The rule that would alert of the event if a person caused it; None where nothing is shown, as while a click is held."""
    if event.verdict.label is not Label.UNSURE or "held" in event.verdict.reasons:
        return None
    if event.kind is EventKind.CLICK and not event.is_from_mail:
        return None
    return _RULES.get(event.kind) if event.kind is not EventKind.SUBMIT or event.is_inquiry else None


def unsure_title(event: Event, name: str) -> str:
    """`Not confirmed: a click by Marcus Bell`."""
    return shorten(f"Not confirmed: {_ACTS[event.kind]} {name}", _LONGEST_TITLE)


def unsure_text(event: Event) -> str:
    """The page, and what happens next."""
    return f"{page_name(event.url, event.title)}. {UNSURE_TEXT}" if event.url else UNSURE_TEXT
