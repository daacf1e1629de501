"""A lead as it was when an automation would have started: stage, score, counts and contacts of then, all other fields of today. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.automation import AutomationContent
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import parsed, terms_of
from tracker.rules.scoring.daily_facts import day_of, facts_of, first_day, last_standing, totals
from tracker.rules.scoring.score import score_of

_BY_SCORE = frozenset({"score", "fit", "engagement", "quadrant", "opens", "clicks", "views", "last_seen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePast:
    """What the score of then follows from."""

    company: Company | None
    days: Sequence[DayFacts]
    messages: Sequence[MessageBrief]
    events: Sequence[Event]
    """Those of the days on which the automation may have started."""


def needs_score(content: AutomationContent) -> bool:
    """Whether the condition says something of score, counts or the last activity."""
    return bool(content.condition) and any(term.field in _BY_SCORE for term in terms_of(parsed(content.condition)))


def scored_then(lead: Lead, past: ScorePast, at: datetime, workspace: Workspace) -> Lead:
    """The lead with the score, the counts and the last activity of that moment."""
    days = _until(past, lead.id, at, workspace)
    messages = [message for message in past.messages if message.sent_at is None or message.sent_at <= at]
    score = score_of(lead, past.company, days, messages, workspace, at)
    values = {"score": score.total, "fit": score.fit, "engagement": score.engagement, "quadrant": score.quadrant}
    derived = msgspec.structs.replace(lead.derived, **values, **totals(days), last_seen_at=last_standing(days))
    return msgspec.structs.replace(lead, derived=derived)


def contacted_then(lead: Lead, contacts: Iterable[datetime], ours: Iterable[datetime], at: datetime) -> Lead:
    """The lead with the first contact by the company and the last one either way of that moment."""
    last, first = max((one for one in contacts if one <= at), default=None), min((one for one in ours if one <= at), default=None)
    derived = msgspec.structs.replace(lead.derived, last_contact_at=last, first_contact_at=first)
    return msgspec.structs.replace(lead, derived=derived)


def _until(past: ScorePast, lead: str, at: datetime, workspace: Workspace) -> list[DayFacts]:
    """The day facts without what happened later, on the same day too."""
    zone = zone_of(workspace.timezone)
    first = first_day(workspace, zone)
    today = day_of(at, zone, first)
    earlier = [day for day in past.days if day.day < today]
    known = [day for day in past.days if day.day == today]
    if all(count.last_at <= at for day in known for count in day.counts.values()):
        return [*earlier, *known]
    events = [event for event in past.events if event.at <= at and day_of(event.at, zone, first) == today]
    return [*earlier, *facts_of(lead, events, zone, workspace.policy, first, workspace.own_rules)]
