"""The title of an alert: who and what in at most 45 characters. Pure; called by workers.recompute.

It names the cause, in the present tense, and for later in the past tense with the time. What follows does not change it.
"""

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.alert import AlertRule
from tracker.rules.alerting.rules import AlertDraft
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import AlertContext, clean, is_proposal, page_of, subject_of
from tracker.rules.page_names import page_name
from tracker.rules.readers.names import UNNAMED

LONGEST_TITLE = 45
_LONGEST_OF_READER = 60
"""Of the title that names both the lead and the other reader."""
_LEAST_NAME = 12
_PAST = ((" reads your mail", " read your mail"), (" is hot: on ", " was hot: on "), (" is on ", " was on "))
"""Beginnings of an activity in the present tense, and their past tense. All other activities are in the past tense."""


def alert_title(draft: AlertDraft, context: AlertContext) -> str:
    """At most 45 characters, for example `Dana Whitfield (Acme) is on Pricing`."""
    return _title(draft, context, _action(draft, context))


def past_title(draft: AlertDraft, context: AlertContext) -> str:
    """The title for later, at most 45 characters: `Dana Whitfield (Acme) was on Pricing, 14:02`."""
    time = f", {draft.cause.at.astimezone(zone_of(context.zone)):%H:%M}"
    return _title(draft, context, _in_past(_action(draft, context)), time)


def _in_past(action: str) -> str:
    for present, past in _PAST:
        if action.startswith(present):
            return past + action.removeprefix(present)
    return action


def _title(draft: AlertDraft, context: AlertContext, action: str, end: str = "") -> str:
    if draft.rule is AlertRule.OTHER_READER:
        return _title_of_reader(draft, context, action, end)
    longest, prefix = LONGEST_TITLE - len(end), _prefix(draft, context)
    *subjects, name = _subjects(draft, context)
    for subject in (*subjects, name):
        title = f"{prefix}{subject}{action}"
        if len(title) <= longest:
            return f"{title}{end}"
    room = max(_LEAST_NAME, longest - len(prefix) - len(action))
    return shorten(f"{prefix}{shorten(name, room)}{action}", longest) + end


def _subjects(draft: AlertDraft, context: AlertContext) -> list[str]:
    """What to call the person, the longest first."""
    name, company = clean(context.lead.name) or context.lead.email, clean(context.lead.company or "")
    if draft.cause.reader:
        return [f"{UNNAMED} at {company}", UNNAMED] if company else [UNNAMED]
    return [f"{name} ({company})", name] if company else [name]


def _title_of_reader(draft: AlertDraft, context: AlertContext, action: str, end: str) -> str:
    """`Someone else at Acme reads your mail to Marcus Bell`."""
    name, prefix, longest = clean(context.lead.name) or context.lead.email, _prefix(draft, context), _LONGEST_OF_READER - len(end)
    for subject in _subjects(draft, context):
        title = f"{prefix}{subject}{action} {name}"
        if len(title) <= longest:
            return f"{title}{end}"
    return shorten(f"{prefix}{UNNAMED}{action} {name}", longest) + end


def _prefix(draft: AlertDraft, context: AlertContext) -> str:
    if draft.cause.is_inquiry:
        return "Inquiry: "
    return "" if context.lead.owner else "No owner: "


def _action(draft: AlertDraft, context: AlertContext) -> str:
    last = draft.cause
    if draft.rule is AlertRule.OTHER_READER:
        return " reads your mail to"
    if last.kind is EventKind.OPEN:
        return _opened(draft, context)
    if last.is_inquiry:
        return ""
    if draft.rule is AlertRule.HOT and last.kind is EventKind.VIEW:
        return f" is hot: on {shorten(page_of(last), 18)}"
    actions = {
        EventKind.DOWNLOAD: f" downloaded {shorten(page_name(last.target or last.url), 18)}",
        EventKind.SUBMIT: " sent a form",
        EventKind.REPLY: " replied to your email",
        EventKind.CLICK: f" clicked {shorten(page_of(last), 18)}",
    }
    return actions.get(last.kind, f" is on {shorten(page_of(last), 22)}")


def _opened(draft: AlertDraft, context: AlertContext) -> str:
    again = " again" if draft.was_opened else ""
    if is_proposal(draft.cause, context):
        return f" opened your proposal{again}"
    return f" opened “{shorten(subject_of(draft.cause, context), 24 - len(again))}”{again}"
