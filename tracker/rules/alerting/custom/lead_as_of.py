"""A lead as it was when something happened: its stage, score and numbers of then. All other fields are today's. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tracker.domain.activity.event import Event
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import Condition, terms_of
from tracker.rules.conditions.fields import FIELDS, field_named
from tracker.rules.scoring.daily_facts import totals
from tracker.rules.scoring.daily_progress import DailyProgress
from tracker.rules.scoring.score import score_of

OF_THEN = frozenset(
    {
        *("stage", "stage_kind", "days_in_stage", "times_usual_days", "score", "engagement"),
        *("last_seen", "opens", "clicks", "views", "created"),
    }
)
"""The fields of conditions that have the value of then."""


@dataclass(frozen=True, slots=True)
class LeadPast:
    """What the values of then follow from."""

    lead: Lead
    company: Company | None
    messages: Sequence[MessageBrief]
    moves: Sequence[Move]
    progress: DailyProgress
    workspace: Workspace

    def at_event(self, event: Event) -> Lead:
        """The lead right after the event."""
        return self._at(event.at, self.progress.until(event), event.at)

    def at_moment(self, moment: datetime, last: Event | None, days: Sequence[DayFacts], seen: datetime) -> Lead:
        """The lead at a moment after its last event; `days` are its day facts where no event is loaded."""
        return self._at(moment, self.progress.until(last) if last else days, seen)

    def _at(self, moment: datetime, days: Sequence[DayFacts], seen: datetime) -> Lead:
        lead = self.lead
        score = score_of(lead, self.company, days, self.messages, self.workspace, moment)
        stage, since = stage_at(lead, self.moves, moment)
        values = {"score": score.total, "fit": score.fit, "engagement": score.engagement, "quadrant": score.quadrant}
        derived = msgspec.structs.replace(lead.derived, **values, **totals(days), last_seen_at=seen)
        return msgspec.structs.replace(lead, stage=stage, stage_since=since, derived=derived)


def stage_at(lead: Lead, moves: Sequence[Move], moment: datetime) -> tuple[str, datetime]:
    """The stage of then, and since when the lead was in it."""
    standing = sorted((move for move in moves if not move.withdrawn), key=lambda move: (move.at, move.id))
    before = [move for move in standing if move.at <= moment]
    if before:
        return before[-1].stage, before[-1].at
    if standing:
        return standing[0].before or lead.stage, lead.created_at
    return lead.stage, lead.stage_since or lead.created_at


def todays_fields(condition: Condition) -> list[str]:
    """The labels of the fields of a condition that have the value of today, wherever the rule is applied to the past."""
    names = dict.fromkeys(term.field for term in terms_of(condition) if term.field not in OF_THEN)
    return [found.label for name in names if (found := FIELDS.get(name) or field_named(name))]
