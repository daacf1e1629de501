"""The title and text of an alert. Pure; called by workers.recompute.

The title says who and what in at most 45 characters. The text gives occasion, source, pages read before, stage, next
action, score and the lead's local time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.rules.alerting.rules import AlertDraft
from tracker.rules.page_names import page_name
from tracker.rules.replay_text import length_of

LONGEST_TITLE = 45
_MOST_PAGES = 3
_PROPOSAL_SENT = "proposal sent"
_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What the text needs besides the alert itself."""

    lead: Lead
    subjects: Mapping[str, str]
    """Subjects of messages by id."""
    dwells: Mapping[tuple[str, str], Dwell]
    visits_today: int
    """The number of this episode on the lead's local day, from 1."""
    stage: str
    stage_since: datetime | None
    score: int
    change: int
    zone: str
    """The lead's time zone, or the workspace's if the lead's is unknown."""
    messages: Mapping[str, MessageBrief] = field(default_factory=dict)
    """Messages by id, for kind and send time."""


def alert_title(draft: AlertDraft, context: AlertContext) -> str:
    """At most 45 characters, for example `Dana Whitfield (Acme) is on Pricing`."""
    prefix, action = _prefix(draft, context), _action(draft, context)
    name, company = _clean(context.lead.name) or context.lead.email, _clean(context.lead.company or "")
    for subject in ([f"{name} ({company})"] if company else []) + [name]:
        title = f"{prefix}{subject}{action}"
        if len(title) <= LONGEST_TITLE:
            return title
    room = max(12, LONGEST_TITLE - len(prefix) - len(action))
    return _cut(f"{prefix}{_cut(name, room)}{action}", LONGEST_TITLE)


def alert_text(draft: AlertDraft, context: AlertContext) -> str:
    """The rest, in short sentences."""
    parts = [
        _occasion(draft, context),
        _source(context),
        _read_before(draft, context),
        _stage(draft, context),
        _next_action(draft, context),
        _score(context),
        _local_time(draft, context),
    ]
    return " ".join(part for part in parts if part)


def _prefix(draft: AlertDraft, context: AlertContext) -> str:
    if _latest(draft).kind is EventKind.SUBMIT:
        return "Inquiry: "
    return "" if context.lead.owner else "No owner: "


def _action(draft: AlertDraft, context: AlertContext) -> str:
    last = _latest(draft)
    if last.kind is EventKind.OPEN:
        return " opened your proposal" if _is_proposal(last, context) else f" opened “{_cut(_subject(last, context), 24)}”"
    if draft.rule is AlertRule.HOT and last is draft.cause and last.kind is EventKind.VIEW:
        return f" is hot: on {_cut(_page(last), 18)}"
    actions = {
        EventKind.SUBMIT: "",
        EventKind.DOWNLOAD: f" downloaded {_cut(page_name(last.target or last.url), 18)}",
        EventKind.REPLY: " replied to your email",
        EventKind.CLICK: f" clicked {_cut(_page(last), 18)}",
    }
    return actions.get(last.kind, f" is on {_cut(_page(last), 22)}")


def _latest(draft: AlertDraft) -> Event:
    """The event in the title: the last form, else the last event that is no open, else the first open."""
    forms = [e for e in draft.events if e.kind is EventKind.SUBMIT]
    if forms:
        return forms[-1]
    others = [e for e in draft.events if e.kind is not EventKind.OPEN]
    return others[-1] if others else draft.events[0]


def _occasion(draft: AlertDraft, context: AlertContext) -> str:
    last = _latest(draft)
    if last.kind is EventKind.OPEN:
        return _first_open(last, context)
    inquiry = _inquiry(last, context)
    pieces = [piece for piece in (_visit_number(draft, context), _pricing_before(draft), _from_email(draft, context)) if piece]
    occasion = ", ".join([*pieces[:1], *(f"{piece[:1].lower()}{piece[1:]}" for piece in pieces[1:])])
    return " ".join(part for part in (inquiry, f"{occasion}." if occasion else "") if part)


def _first_open(event: Event, context: AlertContext) -> str:
    """`“Offer v2”, sent 3 days ago, opened for the first time.` The subject is omitted if the title names it."""
    subject = f"“{_cut(_subject(event, context), 60)}”, " if _is_proposal(event, context) else ""
    message = context.messages.get(event.message or "")
    days = (event.at - message.sent_at).days if message and message.sent_at else None
    sent = "" if days is None else f"sent {_days_ago(days)}, "
    text = f"{subject}{sent}opened for the first time."
    return f"{text[:1].upper()}{text[1:]}"


def _inquiry(event: Event, context: AlertContext) -> str:
    if event.kind is not EventKind.SUBMIT:
        return ""
    message = _clean(event.fields.get("message") or "")
    quoted = f"“{_cut(message, 120)}” " if message else ""
    owner = "" if context.lead.owner else " No owner."
    return f"{quoted}Form on {_page(event)}.{owner}"


def _visit_number(draft: AlertDraft, context: AlertContext) -> str:
    since = draft.episode.quiet_since
    days = (draft.cause.at - since).days if since else 0
    if days >= 1 and context.visits_today == 1:
        return f"First visit in {_count(days, 'day')}"
    return f"{_ordinal(context.visits_today)} visit today" if context.visits_today > 1 else ""


def _pricing_before(draft: AlertDraft) -> str:
    return "Viewed pricing before" if draft.rule is AlertRule.PRICING_AGAIN else ""


def _from_email(draft: AlertDraft, context: AlertContext) -> str:
    event = next((e for e in draft.episode.events if e.is_from_mail and _subject(e, context)), None)
    return f"From your email “{_cut(_subject(event, context), 60)}”" if event else ""


def _source(context: AlertContext) -> str:
    lead = context.lead
    source = ", ".join(text for text in (_clean(lead.source or ""), _clean(lead.source_detail or "")) if text)
    return f"Source: {_cut(source, 60)}." if source else ""


def _read_before(draft: AlertDraft, context: AlertContext) -> str:
    latest = _latest(draft)
    read: dict[str, int] = {}
    for event in draft.episode.events:
        if event.kind is EventKind.VIEW and event.order < latest.order:
            dwell = context.dwells.get((event.visitor or "", event.page or ""))
            name = _page(event)
            read[name] = read.get(name, 0) + (dwell.active_ms if dwell else 0)
    read.pop(_page(latest), None)
    pages = [f"{_cut(name, 30)} {length_of(ms)}" if ms else _cut(name, 30) for name, ms in list(read.items())[-_MOST_PAGES:]]
    return f"Read before: {', '.join(pages)}." if pages else ""


def _stage(draft: AlertDraft, context: AlertContext) -> str:
    since = context.stage_since
    days = (draft.cause.at - since).days if since and since <= draft.cause.at else 0
    if context.stage.casefold() == _PROPOSAL_SENT:
        return f"Proposal sent {_days_ago(days)}."
    return f"Stage: {context.stage}, {_count(days, 'day')}." if days else f"Stage: {context.stage}."


def _next_action(draft: AlertDraft, context: AlertContext) -> str:
    action = context.lead.next_action
    if action is None or not _clean(action.text):
        return ""
    return f"Next: {_cut(_clean(action.text), 60)}{_due(action.due, draft.cause.at, zone_of(context.zone))}."


def _due(due: datetime | None, at: datetime, zone: ZoneInfo) -> str:
    """`, due tomorrow` or `, 3 days overdue`, as of the alert's event."""
    if due is None:
        return ""
    days = (due.astimezone(zone).date() - at.astimezone(zone).date()).days
    if days < 0:
        return f", {_count(-days, 'day')} overdue"
    return f", due {('today', 'tomorrow')[days]}" if days <= 1 else f", due in {days} days"


def _score(context: AlertContext) -> str:
    change = f", {'up' if context.change > 0 else 'down'} {abs(context.change)}" if context.change else ""
    return f"Score {context.score}{change}."


def _local_time(draft: AlertDraft, context: AlertContext) -> str:
    if not context.lead.timezone:
        return ""
    time = f"{draft.cause.at.astimezone(zone_of(context.zone)):%H:%M}"
    area, _, city = context.zone.rpartition("/")
    return f"{time} in {city.replace('_', ' ')}." if area else f"{time} {city}."


def _is_proposal(event: Event, context: AlertContext) -> bool:
    message = context.messages.get(event.message or "")
    return message is not None and message.kind == "proposal"


def _subject(event: Event, context: AlertContext) -> str:
    return _clean(context.subjects.get(event.message or "", ""))


def _page(event: Event) -> str:
    return page_name(event.url, event.title)


def _clean(text: str) -> str:
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _days_ago(days: int) -> str:
    return f"{_count(days, 'day')} ago" if days else "today"


def _ordinal(number: int) -> str:
    """`First` to `Tenth`, then `11th`."""
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
