"""Thresholds of the score: the events at which the score of a lead reaches one, as *hot*. Pure; called by actions.alerting.decide."""

from collections.abc import Sequence

from tracker.domain.activity.event import Event
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.daily_progress import DailyProgress
from tracker.rules.scoring.score import total_of
from tracker.rules.scoring.score_book import book_of


def crossings(
    progress: DailyProgress,
    events: Sequence[Event],
    lead: Lead,
    company: Company | None,
    messages: Sequence[MessageBrief],
    workspace: Workspace,
    threshold: int,
) -> frozenset[str]:
    """The ids of the events at which the score reaches the threshold."""
    book = book_of(workspace)
    scoring = [(event, points) for event in events if event.stands and (points := book.gain_of(event, workspace))]
    if not scoring:
        return frozenset()

    def score(days: list[DayFacts], event: Event) -> int:
        return total_of(lead, company, days, messages, workspace, event.at)

    found = set()
    # A quick upper bound: the score at the start plus the points of all events, without decay or caps.
    if score(progress.before(scoring[0][0]), scoring[0][0]) + sum(points for _, points in scoring) + 5 < threshold:
        return frozenset()
    for event, _ in scoring:
        if score(progress.until(event), event) >= threshold > score(progress.before(event), event):
            found.add(event.id)
    return frozenset(found)
