"""Crossing the hot line: at which events a lead's score rises over it. Pure; called by workers.recount."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tracker.domain.events import Event
from tracker.domain.leads import Company, Lead
from tracker.domain.messages import MessageBrief
from tracker.domain.scores import DayFacts
from tracker.domain.workspaces import Workspace
from tracker.rules.scoring.facts import DayBook
from tracker.rules.scoring.score import score_of
from tracker.rules.scoring.table import RULES


def crossings(
    events: Sequence[Event],
    past: Sequence[DayFacts],
    lead: Lead,
    company: Company | None,
    messages: Sequence[MessageBrief],
    workspace: Workspace,
) -> frozenset[str]:
    """The events (in canonical order) at which the score, counted with the days `past` before them, crosses the line."""
    standing = [event for event in events if event.stands]
    if not standing or not _could_cross(standing, past, lead, company, messages, workspace):
        return frozenset()
    book = DayBook(lead.id, ZoneInfo(workspace.timezone), workspace.policy)
    found, line = set(), workspace.policy.hot_score
    for event in standing:
        before = book.facts()
        book.add(event)
        if not _pays(event, workspace):
            continue
        after = score_of(lead, company, [*past, *book.facts()], messages, workspace, event.at).total
        if after >= line > score_of(lead, company, [*past, *before], messages, workspace, event.at).total:
            found.add(event.id)
    return frozenset(found)


def _could_cross(
    events: Sequence[Event],
    past: Sequence[DayFacts],
    lead: Lead,
    company: Company | None,
    messages: Sequence[MessageBrief],
    workspace: Workspace,
) -> bool:
    """A quick upper bound: the score at the start, and all that the events could ever pay, without fading or caps."""
    start = score_of(lead, company, past, messages, workspace, events[0].at).total
    return start + sum(_pays(event, workspace) for event in events) + 5 >= workspace.policy.hot_score


def _pays(event: Event, workspace: Workspace) -> int:
    return sum(max(0, workspace.rules.get(rule.name, rule.points)) for rule in RULES if rule.when(event, workspace.policy))
