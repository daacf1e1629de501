"""The figures of outcomes: machines alerting loudly, people missed, people unsure, machine opens counted, leads whose score rose."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tests.scenarios.language import Act, Cause, Episode, Step
from tests.scenarios.replay import Outcome, replay
from tracker.domain.activity.event import STANDING, Label
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules.scoring.daily_facts import facts_of
from tracker.rules.scoring.score import engagement_rows

GAP = 30 * 60.0
BESIDE = 5.0
"""A machine's request so near to a person's act is no alert of its own (docs/verdicts.md)."""


@dataclass
class Figures:
    """Counts; each share is of the count behind it."""

    machine_runs: int = 0
    machine_alerts: int = 0
    person_runs: int = 0
    missed: int = 0
    unsure: int = 0
    called_machine: int = 0
    machine_opens: int = 0
    machine_opens_counted: int = 0
    machine_leads: int = 0
    machine_leads_scored: int = 0

    def add(self, other: "Figures") -> "Figures":
        """Sums both."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)
        return self

    def share(self, part: str, whole: str) -> float:
        """Percent."""
        return 100 * getattr(self, part) / getattr(self, whole) if getattr(self, whole) else 0.0


def figures(outcomes: Iterable[Outcome]) -> Figures:
    """The figures of these episodes."""
    total = Figures()
    for outcome in outcomes:
        total.add(_of(outcome))
    return total


def measured(episodes: Iterable[Episode]) -> Figures:
    """Plays the episodes."""
    return figures(replay(episode) for episode in episodes)


def runs(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Steps cut where more than half an hour passes."""
    current: list[Step] = []
    for step in steps:
        if current and step.at - current[-1].at >= GAP:
            yield current
            current = []
        current.append(step)
    if current:
        yield current


def person_runs(episode: Episode) -> list[list[Step]]:
    """What people did, each run of it."""
    return list(runs(step for step in episode.steps if step.is_loud and step.client.cause is Cause.PERSON))


def machine_runs(episode: Episode) -> list[list[Step]]:
    """What machines did with no person's act within five seconds."""
    people = [step.at for step in episode.steps if step.client.cause is Cause.PERSON and step.act is not Act.HEARTBEAT]
    steps = [s for s in episode.steps if s.is_loud and s.client.cause is Cause.MACHINE]
    return list(runs(step for step in steps if all(abs(step.at - at) > BESIDE for at in people)))


def _of(outcome: Outcome) -> Figures:
    found, episode, verdicts = Figures(), outcome.episode, outcome.final.verdicts
    for run in machine_runs(episode):
        found.machine_runs += 1
        found.machine_alerts += any(step.id in outcome.raised for step in run)
    for run in person_runs(episode):
        found.person_runs += 1
        raised = [outcome.raised[step.id] for step in run if step.id in outcome.raised]
        found.missed += not raised
        labels = {verdicts[step.id].label for step in run}
        if not labels & STANDING:
            found.unsure += Label.UNSURE in labels
            found.called_machine += Label.UNSURE not in labels
    opens = [step for step in episode.steps if step.act is Act.OPEN and step.client.cause is Cause.MACHINE]
    found.machine_opens = len(opens)
    found.machine_opens_counted = sum(verdicts[step.id].label in STANDING for step in opens)
    if all(step.client.cause is Cause.MACHINE for step in episode.steps):
        found.machine_leads = 1
        found.machine_leads_scored = _scored(outcome)
    return found


def _scored(outcome: Outcome) -> bool:
    own = [event for event in outcome.final.standing if event.lead]
    if not own:
        return False
    workspace = Workspace(id="w" * 16, name="Acme", created_at=own[0].at)
    days = facts_of("lead", own, ZoneInfo("UTC"), Policy())
    return sum(row.points for row in engagement_rows(days, workspace, max(event.at for event in own))) > 0
