"""The text of an alert: lead and cause in the first 45 characters; then history, email, stage, score, local time.

The title names the cause, in the present tense and for later in the past tense. What follows changes only the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.leads.lead import Lead
from tracker.rules.alerting.decide import AlertDraft
from tracker.rules.alerting.shorten import shorten
from tracker.rules.page_names import page_name
from tracker.rules.replay_text import length_of

LONGEST_TITLE = 45
_MOST_PAGES = 3
_LEAST_NAME = 12
_PAST = (("is hot: on ", "was hot: on "), ("is on ", "was on "))
"""Beginnings of an activity in the present tense, and their past tense. All other activities are in the past tense."""


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What the text is made of, besides the alert itself."""

    lead: Lead
    subjects: Mapping[str, str]
    """Subjects of messages by id."""
    dwells: Mapping[tuple[str, str], Dwell]
    visits_today: int
    """Which episode of the lead's local day this is."""
    stage: str
    stage_since: datetime | None
    score: int
    change: int
    zone: str
    """The lead's time zone, or the workspace's where the lead's is unknown."""


def alert_title(draft: AlertDraft, context: AlertContext) -> str:
    """At most 45 characters: `Dana Whitfield (Acme) is on Pricing now`."""
    return _title(_activity(draft, context), context)


def past_title(draft: AlertDraft, context: AlertContext) -> str:
    """The title for later, at most 45 characters: `Dana Whitfield (Acme) was on Pricing, 14:02`."""
    time = f", {draft.cause.at.astimezone(zone_of(context.zone)):%H:%M}"
    return _title(_in_past(_activity(draft, context)), context, time)


def _in_past(activity: str) -> str:
    activity = activity.removesuffix(" now")
    for present, past in _PAST:
        if activity.startswith(present):
            return past + activity.removeprefix(present)
    return activity


def _title(activity: str, context: AlertContext, end: str = "") -> str:
    longest = LONGEST_TITLE - len(end)
    name, company = _clean(context.lead.name) or context.lead.email, _clean(context.lead.company or "")
    for subject in ([f"{name} ({company})"] if company else []) + [name]:
        if len(subject) + 1 + len(activity) <= longest:
            return f"{subject} {activity}{end}"
    room = max(_LEAST_NAME, longest - 1 - len(activity))
    return _cut(f"{_cut(name, room)} {activity}", longest) + end


def _activity(draft: AlertDraft, context: AlertContext) -> str:  # noqa: PLR0911 - one line a kind reads best
    last = draft.cause
    if last.kind is EventKind.OPEN:
        return f"opened “{_cut(_subject(last, context), 24)}”"
    if draft.rule is AlertRule.HOT and last.kind is EventKind.VIEW:
        return f"is hot: on {_cut(_page(last), 18)} now"
    if last.kind is EventKind.SUBMIT:
        return f"sent the {_cut(_page(last), 18)} form now"
    if last.kind is EventKind.DOWNLOAD:
        return f"downloaded {_cut(page_name(last.target or last.url), 18)} now"
    if last.kind is EventKind.REPLY:
        return "answered your mail"
    if last.kind is EventKind.CLICK:
        return f"clicked {_cut(_page(last), 18)} now"
    return f"is on {_cut(_page(last), 22)} now"


def _latest(draft: AlertDraft) -> Event:
    """The newest event that the text describes: the last one that is no open, else the cause."""
    steps = [e for e in draft.events if e.kind is not EventKind.OPEN]
    return steps[-1] if steps else draft.cause


def alert_text(draft: AlertDraft, context: AlertContext) -> str:
    """The text below the title, in short sentences."""
    parts = [
        _latest_step(draft),
        _occasion(draft, context),
        _before(draft, context),
        _stage(draft, context),
        _score(context),
        _local_time(draft, context),
    ]
    return " ".join(part for part in parts if part)


def _occasion(draft: AlertDraft, context: AlertContext) -> str:
    pieces = []
    if draft.episode.quiet_since and (days := (draft.cause.at - draft.episode.quiet_since).days) >= 1 and context.visits_today == 1:
        pieces.append(f"First time in {days} day{'s' if days > 1 else ''}")
    elif context.visits_today > 1:
        pieces.append(f"{_ordinal(context.visits_today)} time today")
    if draft.rule is AlertRule.PRICING_AGAIN:
        pieces.append("prices seen before" if pieces else "Prices seen before")
    mail = next((e for e in draft.episode.events if e.is_from_mail and _subject(e, context)), None)
    if mail and draft.rule is not AlertRule.FIRST_OPEN:
        pieces.append(f"from “{_cut(_subject(mail, context), 60)}”" if pieces else f"From “{_cut(_subject(mail, context), 60)}”")
    return f"{', '.join(pieces)}." if pieces else ""


def _latest_step(draft: AlertDraft) -> str:
    """What followed the cause: the newest page, or the newest download."""
    latest, cause = _latest(draft), draft.cause
    if latest is cause:
        return ""
    if latest.kind is EventKind.DOWNLOAD:
        return f"Latest: downloaded {_cut(page_name(latest.target or latest.url), 30)}."
    is_other_page = latest.kind is EventKind.VIEW and _page(latest) != _page(cause)
    return f"Latest: {_cut(_page(latest), 30)}." if is_other_page else ""


def _before(draft: AlertDraft, context: AlertContext) -> str:
    latest = _latest(draft)
    seen: dict[str, int] = {}
    for event in draft.episode.events:
        if event.kind is EventKind.VIEW and event.order < latest.order:
            dwell = context.dwells.get((event.visitor or "", event.page or ""))
            name = _page(event)
            seen[name] = seen.get(name, 0) + (dwell.active_ms if dwell else 0)
    seen.pop(_page(latest), None)
    pages = [f"{_cut(name, 30)} {length_of(ms)}" if ms else _cut(name, 30) for name, ms in list(seen.items())[-_MOST_PAGES:]]
    return f"Before: {', '.join(pages)}." if pages else ""


def _stage(draft: AlertDraft, context: AlertContext) -> str:
    since = context.stage_since
    days = (draft.cause.at - since).days if since and since <= draft.cause.at else 0
    return f"{context.stage} {days} day{'s' if days != 1 else ''}." if days else f"{context.stage}."


def _score(context: AlertContext) -> str:
    return f"{context.score} ({context.change:+d})." if context.change else f"{context.score}."


def _local_time(draft: AlertDraft, context: AlertContext) -> str:
    return f"Local time {draft.cause.at.astimezone(zone_of(context.zone)):%H:%M}." if context.lead.timezone else ""


def _subject(event: Event, context: AlertContext) -> str:
    return _clean(context.subjects.get(event.message or "", ""))


def _page(event: Event) -> str:
    return page_name(event.url, event.title)


def _clean(text: str) -> str:
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())


def _cut(text: str, longest: int) -> str:
    return shorten(text, longest)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
