"""Crossing the hot line: at which events a lead's score rises over it. Pure; called by workers.recompute.run."""

from collections.abc import Sequence

from tracker.domain.activity.event import Event
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.daily_progress import DailyProgress
from tracker.rules.scoring.score import total_of
from tracker.rules.scoring.table import rules_of


def crossings(
    progress: DailyProgress,
    events: Sequence[Event],
    lead: Lead,
    company: Company | None,
    messages: Sequence[MessageBrief],
    workspace: Workspace,
) -> frozenset[str]:
    """Those of the progress's events at which the score crosses the line."""
    paying = [(event, points) for event in events if event.stands and (points := _pays(event, workspace))]
    if not paying:
        return frozenset()

    def score(days: list[DayFacts], event: Event) -> int:
        return total_of(lead, company, days, messages, workspace, event.at)

    found, line = set(), workspace.policy.hot_score
    # A quick upper bound: the score at the start, and all that the events could ever pay, without fading or caps.
    if score(progress.before(paying[0][0]), paying[0][0]) + sum(points for _, points in paying) + 5 < line:
        return frozenset()
    for event, _ in paying:
        if score(progress.until(event), event) >= line > score(progress.before(event), event):
            found.add(event.id)
    return frozenset(found)


def _pays(event: Event, workspace: Workspace) -> int:
    return sum(max(0, workspace.rules.get(rule.name, rule.points)) for rule in rules_of(event, workspace.policy))
