"""The day facts of a lead from its first changed day on, as they are stored. Used by actions.activity.lead_contexts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.domain.activity.event import Event
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.daily_facts import day_of
from tracker.rules.scoring.daily_progress import DailyProgress


@dataclass(frozen=True, slots=True)
class LocalDays:
    """The local days of a workspace."""

    zone: ZoneInfo
    first: str
    """The first day whose facts may still change; empty: any."""

    def of(self, moment: datetime) -> str:
        """The ISO date of the moment, not before `first`."""
        return day_of(moment, self.zone, self.first)

    def midnight(self, moment: datetime) -> datetime:
        """The start of the moment's local day."""
        return moment.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def fresh_days(lead: str, former: list[DayFacts], progress: DailyProgress, day: str) -> list[DayFacts]:
    """The facts from `day` on, with empty ones for stored days on which nothing is left."""
    rebuilt = [facts for facts in progress.days if facts.day >= day]
    emptied = {facts.day for facts in former if facts.day >= day} - {facts.day for facts in rebuilt}
    return [*rebuilt, *(DayFacts(lead=lead, day=one, counts={}) for one in emptied)]


def stored_days(
    ids: Iterable[str], events: Sequence[Event], stored: Mapping[str, list[DayFacts]], days: LocalDays, workspace: Workspace, day: str
) -> list[DayFacts]:
    """The facts from `day` on by each of these ids, from the events that were written with it."""
    found = []
    for lead in ids:
        own = [event for event in events if event.lead == lead]
        progress = DailyProgress(lead, (), own, days.zone, workspace.policy, days.first, workspace.own_rules)
        found += fresh_days(lead, stored[lead], progress, day)
    return found
