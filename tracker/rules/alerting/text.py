"""How an alert reads: who, where, now in the first 45 characters; then history, mail, stage, score, local time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.leads.lead import Lead
from tracker.rules.alerting.decide import Draft
from tracker.rules.page_names import page_name
from tracker.rules.replay_text import length_of

LONGEST_TITLE = 45
_MOST_PAGES = 3


@dataclass(frozen=True, slots=True)
class Story:
    """What the words are made of, besides the alert itself."""

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


def title_of(draft: Draft, story: Story) -> str:
    """At most 45 characters: `Dana Whitfield (Acme) is on Pricing now`."""
    deed = _deed(draft, story)
    name, company = _clean(story.lead.name) or story.lead.email, _clean(story.lead.company or "")
    for who in ([f"{name} ({company})"] if company else []) + [name]:
        if len(who) + 1 + len(deed) <= LONGEST_TITLE:
            return f"{who} {deed}"
    room = max(12, LONGEST_TITLE - 1 - len(deed))
    return _cut(f"{_cut(name, room)} {deed}", LONGEST_TITLE)


def _deed(draft: Draft, story: Story) -> str:  # noqa: PLR0911 - one line a kind reads best
    last = _latest(draft)
    if last.kind is EventKind.OPEN:
        return f"opened “{_cut(_subject(last, story), 24)}”"
    if draft.rule is AlertRule.HOT and last is draft.cause and last.kind is EventKind.VIEW:
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


def _latest(draft: Draft) -> Event:
    """The step that the title tells: a form stays in it, since nothing later matters more; an open never hides a page."""
    forms = [e for e in draft.events if e.kind is EventKind.SUBMIT]
    if forms:
        return forms[-1]
    steps = [e for e in draft.events if e.kind is not EventKind.OPEN]
    return steps[-1] if steps else draft.events[0]


def text_of(draft: Draft, story: Story) -> str:
    """The rest, in short sentences."""
    parts = [_occasion(draft, story), _before(draft, story), _stage(draft, story), _score(story), _local_time(draft, story)]
    return " ".join(part for part in parts if part)


def _occasion(draft: Draft, story: Story) -> str:
    pieces = []
    if draft.episode.quiet_since and (days := (draft.cause.at - draft.episode.quiet_since).days) >= 1 and story.visits_today == 1:
        pieces.append(f"First time in {days} day{'s' if days > 1 else ''}")
    elif story.visits_today > 1:
        pieces.append(f"{_ordinal(story.visits_today)} time today")
    if draft.rule is AlertRule.PRICING_AGAIN:
        pieces.append("prices seen before" if pieces else "Prices seen before")
    mail = next((e for e in draft.episode.events if e.is_from_mail and _subject(e, story)), None)
    if mail and draft.rule is not AlertRule.FIRST_OPEN:
        pieces.append(f"from “{_cut(_subject(mail, story), 60)}”" if pieces else f"From “{_cut(_subject(mail, story), 60)}”")
    return f"{', '.join(pieces)}." if pieces else ""


def _before(draft: Draft, story: Story) -> str:
    latest = _latest(draft)
    seen: dict[str, int] = {}
    for event in draft.episode.events:
        if event.kind is EventKind.VIEW and event.order < latest.order:
            dwell = story.dwells.get((event.visitor or "", event.page or ""))
            name = _page(event)
            seen[name] = seen.get(name, 0) + (dwell.active_ms if dwell else 0)
    seen.pop(_page(latest), None)
    pages = [f"{_cut(name, 30)} {length_of(ms)}" if ms else _cut(name, 30) for name, ms in list(seen.items())[-_MOST_PAGES:]]
    return f"Before: {', '.join(pages)}." if pages else ""


def _stage(draft: Draft, story: Story) -> str:
    since = story.stage_since
    days = (draft.cause.at - since).days if since and since <= draft.cause.at else 0
    return f"{story.stage} {days} day{'s' if days != 1 else ''}." if days else f"{story.stage}."


def _score(story: Story) -> str:
    return f"{story.score} ({story.change:+d})." if story.change else f"{story.score}."


def _local_time(draft: Draft, story: Story) -> str:
    return f"Local time {draft.cause.at.astimezone(zone_of(story.zone)):%H:%M}." if story.lead.timezone else ""


def zone_of(name: str | None, otherwise: str = "UTC") -> ZoneInfo:
    """The time zone of that name; the other one where it is unknown."""
    try:
        return ZoneInfo(name or otherwise)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _subject(event: Event, story: Story) -> str:
    return _clean(story.subjects.get(event.message or "", ""))


def _page(event: Event) -> str:
    return page_name(event.url, event.title)


def _clean(text: str) -> str:
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
