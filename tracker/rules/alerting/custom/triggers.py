"""Triggers of custom rules: whether an event is what a rule waits for. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.form import FormKind
from tracker.domain.alerting.custom_rule import RuleContent, RuleTrigger
from tracker.rules.conditions.entries import plain_text
from tracker.rules.page_names import page_name
from tracker.rules.page_paths import is_page

KINDS: Mapping[RuleTrigger | None, frozenset[EventKind]] = {
    RuleTrigger.PAGE: frozenset({EventKind.VIEW}),
    RuleTrigger.LINK: frozenset({EventKind.CLICK}),
    RuleTrigger.OPEN: frozenset({EventKind.OPEN}),
    RuleTrigger.ACTIVITY: frozenset(
        {EventKind.OPEN, EventKind.CLICK, EventKind.VIEW, EventKind.SUBMIT, EventKind.DOWNLOAD, EventKind.REPLY}
    ),
    RuleTrigger.SCORE: frozenset(),
    RuleTrigger.FORM: frozenset({EventKind.SUBMIT}),
    RuleTrigger.INQUIRY: frozenset({EventKind.SUBMIT}),
    RuleTrigger.REPLY: frozenset({EventKind.REPLY}),
    RuleTrigger.COMPANY: frozenset(),
    RuleTrigger.INACTIVE: frozenset(),
    None: frozenset(),
}
"""The kinds of events that each trigger looks at; of a score, every kind may reach it."""
EACH_TIME = frozenset({RuleTrigger.FORM, RuleTrigger.INQUIRY, RuleTrigger.REPLY})
"""Triggers that alert each time, not once in a visit."""


@dataclass(frozen=True, slots=True)
class TriggerFacts:
    """What triggers need beside the event."""

    labels: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """Labels of links by message (or share link, with 0) and index."""
    crossings: Mapping[int, Collection[str]] = field(default_factory=dict)
    """By score, the ids of the events that reach it."""


def fits(content: RuleContent, event: Event, facts: TriggerFacts) -> bool:
    """Whether the event is what the rule waits for."""
    match content.trigger:
        case RuleTrigger.SCORE:
            return event.id in facts.crossings.get(content.number, ())
        case RuleTrigger.PAGE:
            return event.kind is EventKind.VIEW and is_page(event.url, content.text)
        case RuleTrigger.LINK:
            return event.kind is EventKind.CLICK and _has_label(content.text, event, facts)
        case RuleTrigger.FORM:
            is_form = event.kind is EventKind.SUBMIT and event.form_kind is not FormKind.OFF
            return is_form and content.text in ("", event.form)
        case RuleTrigger.INQUIRY:
            return event.is_inquiry
        case _:
            return event.kind in KINDS[content.trigger]


def _has_label(text: str, event: Event, facts: TriggerFacts) -> bool:
    label = event.text or facts.labels.get((event.message or event.share or "", event.link if event.message else 0)) or ""
    names = (label, page_name(event.target or event.url, event.title) if event.target or event.url else "")
    return any(plain_text(text) in plain_text(name) for name in names if name)
