"""The text of an alert, below its title. Pure; called by workers.recompute.

It gives the latest page, occasion, source, pages read before, stage, next action, score and the lead's local time.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.alerting.alert import AlertRule
from tracker.rules.alerting.rules import AlertDraft
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import AlertContext, clean, is_proposal, page_of, subject_of
from tracker.rules.page_names import page_name
from tracker.rules.replay_text import length_of

_MOST_PAGES = 3
_PROPOSAL_SENT = "proposal sent"
_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def alert_text(draft: AlertDraft, context: AlertContext) -> str:
    """The rest, in short sentences."""
    parts = [
        _reader(draft, context),
        _latest_step(draft),
        _occasion(draft, context),
        _custom(draft),
        _source(context),
        _read_before(draft, context),
        _stage(draft, context),
        _next_action(draft, context),
        _score(context),
        _local_time(draft, context),
    ]
    return " ".join(part for part in parts if part)


def _reader(draft: AlertDraft, context: AlertContext) -> str:
    """`Mail to Marcus Bell, read by someone else at Acme.` Empty if the lead is the reader."""
    if not draft.cause.reader:
        return ""
    name, company = clean(context.lead.name) or context.lead.email, clean(context.lead.company or "")
    at = f" at {shorten(company, 40)}" if company else ""
    return f"Mail to {shorten(name, 40)}, read by someone else{at}."


def _custom(draft: AlertDraft) -> str:
    return f"Rule: {shorten(clean(draft.custom.name), 60)}." if draft.custom else ""


def _latest(draft: AlertDraft) -> Event:
    """The newest event that the text describes: the last one that is no open, else the cause."""
    others = [e for e in draft.events if e.kind is not EventKind.OPEN]
    return others[-1] if others else draft.cause


def _occasion(draft: AlertDraft, context: AlertContext) -> str:
    cause = draft.cause
    if cause.kind is EventKind.OPEN:
        return "" if cause.reader else _opened(draft, context)
    if cause.kind is EventKind.REPLY:
        return _reply(cause, context)
    inquiry = _inquiry(cause, context)
    pieces = [piece for piece in (_visit_number(draft, context), _pricing_before(draft), _from_email(draft, context)) if piece]
    occasion = ", ".join([*pieces[:1], *(f"{piece[:1].lower()}{piece[1:]}" for piece in pieces[1:])])
    watched = "Alerts about this page are on." if draft.rule is AlertRule.WATCHED_PAGE else ""
    return " ".join(part for part in (inquiry, f"{occasion}." if occasion else "", watched) if part)


def _latest_step(draft: AlertDraft) -> str:
    """What followed the cause: the newest page, or the newest download."""
    latest, cause = _latest(draft), draft.cause
    if latest is cause:
        return ""
    if latest.kind is EventKind.DOWNLOAD:
        return f"Latest: downloaded {shorten(page_name(latest.target or latest.url), 30)}."
    is_other_page = latest.kind is EventKind.VIEW and page_of(latest) != page_of(cause)
    return f"Latest: {shorten(page_of(latest), 30)}." if is_other_page else ""


def _opened(draft: AlertDraft, context: AlertContext) -> str:
    """`“Offer v2”, sent 3 days ago, opened for the first time.` The subject is omitted if the title names it."""
    event = draft.cause
    subject = f"“{shorten(subject_of(event, context), 60)}”" if is_proposal(event, context) else ""
    message = context.messages.get(event.message or "")
    days = (event.at - message.sent_at).days if message and message.sent_at else None
    sent = "" if days is None else f"sent {_days_ago(days)}"
    since = draft.episode.quiet_since if draft.rule is AlertRule.OPENED_AGAIN else None
    quiet = f"after {_count((event.at - since).days, 'quiet day')}" if since else ""
    first = "" if draft.was_opened else "opened for the first time"
    text = ", ".join(part for part in (subject, sent, first, quiet) if part)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _reply(event: Event, context: AlertContext) -> str:
    """`“Sounds good, call me.” Reply to “Offer v2”.`"""
    said, subject = clean(event.text or ""), subject_of(event, context)
    who = f" by {shorten(clean(event.fields['from']), 60)}" if event.fields.get("from") else ""
    about = f" to {'probably ' if event.fields.get('match') else ''}“{shorten(subject, 60)}”" if subject else ""
    return f"{f'“{shorten(said, 120)}” ' if said else ''}Reply{who}{about}."


def _inquiry(event: Event, context: AlertContext) -> str:
    if not event.is_inquiry:
        return ""
    inquiry = context.inquiry
    message = clean(inquiry.message if inquiry else event.fields.get("message") or "")
    quoted = f"“{shorten(message, 120)}” " if message else ""
    owner = "" if context.lead.owner else " No owner."
    due = f" Answer by {inquiry.due_at.astimezone(zone_of(context.home_zone)):%H:%M}." if inquiry and not inquiry.is_silent else ""
    where = f"Form on {page_of(event)}." if event.url or event.title else "Inquiry."
    return f"{quoted}{where}{due}{owner}"


def _visit_number(draft: AlertDraft, context: AlertContext) -> str:
    since = draft.episode.quiet_since
    days = (draft.cause.at - since).days if since else 0
    if days >= 1 and context.visits_today == 1:
        return f"First visit in {_count(days, 'day')}"
    return f"{_ordinal(context.visits_today)} visit today" if context.visits_today > 1 else ""


def _pricing_before(draft: AlertDraft) -> str:
    return "Viewed pricing before" if draft.rule is AlertRule.PRICING_AGAIN else ""


def _from_email(draft: AlertDraft, context: AlertContext) -> str:
    event = next((e for e in draft.episode.events if e.is_from_mail and subject_of(e, context)), None)
    return f"From your email “{shorten(subject_of(event, context), 60)}”" if event else ""


def _source(context: AlertContext) -> str:
    lead = context.lead
    source = ", ".join(text for text in (clean(lead.source or ""), clean(lead.source_detail or "")) if text)
    return f"Source: {shorten(source, 60)}." if source else ""


def _read_before(draft: AlertDraft, context: AlertContext) -> str:
    latest = _latest(draft)
    read: dict[str, int] = {}
    for event in draft.episode.events:
        if event.kind is EventKind.VIEW and event.order < latest.order:
            dwell = context.dwells.get((event.visitor or "", event.page or ""))
            name = page_of(event)
            read[name] = read.get(name, 0) + (dwell.active_ms if dwell else 0)
    read.pop(page_of(latest), None)
    pages = [f"{shorten(name, 30)} {length_of(ms)}" if ms else shorten(name, 30) for name, ms in list(read.items())[-_MOST_PAGES:]]
    return f"Read before: {', '.join(pages)}." if pages else ""


def _stage(draft: AlertDraft, context: AlertContext) -> str:
    since = context.stage_since
    days = (draft.cause.at - since).days if since and since <= draft.cause.at else 0
    if context.stage.casefold() == _PROPOSAL_SENT:
        return f"Proposal sent {_days_ago(days)}."
    return f"Stage: {context.stage}, {_count(days, 'day')}." if days else f"Stage: {context.stage}."


def _next_action(draft: AlertDraft, context: AlertContext) -> str:
    action = context.lead.next_action
    if action is None or not clean(action.text):
        return ""
    return f"Next: {shorten(clean(action.text), 60)}{_due(action.due, draft.cause.at, zone_of(context.zone))}."


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
