"""Which events an own scoring rule is about. Pure."""

from collections.abc import Callable, Iterable, Mapping

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.workspace.scoring import OwnScoringRule, ScoreTrigger
from tracker.rules.page_paths import is_page
from tracker.rules.scoring.rules import is_talk

_T = ScoreTrigger
_Test = Callable[[Event, str], bool]


def own_names(event: Event, own: Iterable[OwnScoringRule]) -> list[str]:
    """The names of the rules that this event counts for, also of those that are off: they may be switched on after their day is sealed."""
    return [rule.id for rule in own if (kind := _KINDS.get(rule.trigger)) and kind is event.kind and _is_of(event, rule)]


def kind_of(rule: OwnScoringRule) -> EventKind | None:
    """The kind of the rule's events; None for a rule that is not about events."""
    return _KINDS.get(rule.trigger)


def _is_of(event: Event, rule: OwnScoringRule) -> bool:
    test = _TESTS.get(rule.trigger)
    return test is None or test(event, rule.text)


def _is_clicked(event: Event, text: str) -> bool:
    return event.is_from_mail and (not text or is_page(event.url, text))


def _is_touch(event: Event, text: str) -> bool:
    return event.is_touch_by_lead and text.casefold() in ("", (event.title or "").casefold())


_KINDS: Mapping[ScoreTrigger, EventKind] = {
    _T.PAGE: EventKind.VIEW,
    _T.FORM: EventKind.SUBMIT,
    _T.OPEN: EventKind.OPEN,
    _T.CLICK: EventKind.CLICK,
    _T.DOWNLOAD: EventKind.DOWNLOAD,
    _T.REPLY: EventKind.REPLY,
    _T.CALL: EventKind.CALL,
    _T.MEETING: EventKind.MEETING,
    _T.TOUCH: EventKind.TOUCH,
}
_TESTS: Mapping[ScoreTrigger, _Test] = {
    _T.PAGE: lambda event, text: is_page(event.url, text),
    _T.FORM: lambda event, text: event.is_inquiry and text in ("", event.form),
    _T.CLICK: _is_clicked,
    _T.CALL: lambda event, _: is_talk(event),
    _T.MEETING: lambda event, _: is_talk(event),
    _T.TOUCH: _is_touch,
}
