"""What the log of moves says of one lead: entries into stages, stays in them, wins and losses."""

from dataclasses import dataclass
from datetime import datetime

from tracker.domain.pipeline.move import Move
from tracker.rules.reports.facts import ReportFacts, ReportLead


@dataclass(frozen=True, slots=True)
class Entry:
    """The lead came into the stage; `move` is None where it was created there."""

    stage: str
    at: datetime
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """The lead was in the stage from one moment to another; `end` is None while it is there."""

    stage: str
    start: datetime
    end: datetime | None


def entries(facts: ReportFacts, lead: ReportLead) -> list[Entry]:
    """Creation and every move since, in order; two in a row into one stage are one. A move from before the lead counts at its creation."""
    known: list[Entry] | None = facts.histories.get(lead.id)
    if known is None:
        known = facts.histories[lead.id] = _entries(facts, lead)
    return known


def _entries(facts: ReportFacts, lead: ReportLead) -> list[Entry]:
    standing = sorted((m for m in lead.moves if not m.withdrawn and m.at <= facts.now), key=lambda m: (m.at, m.id))
    born = [move for move in standing if move.at <= lead.created_at]
    first = born[-1].stage if born else standing[0].before if standing and standing[0].before else lead.stage
    if standing and not born and standing[0].before is None:
        first = facts.stages[0].id
    found = [Entry(first, lead.created_at)]
    for move in standing[len(born) :]:
        if move.stage != found[-1].stage:
            found.append(Entry(move.stage, move.at, move))
    return found


def stays(facts: ReportFacts, lead: ReportLead) -> list[Stay]:
    """How long the lead was in each stage, the open stay last."""
    steps = entries(facts, lead)
    ends = [step.at for step in steps[1:]]
    return [Stay(step.stage, step.at, end) for step, end in zip(steps, [*ends, None], strict=True)]


def closings(facts: ReportFacts, lead: ReportLead, kind: str) -> list[Entry]:
    """Moves out of a stage of another kind into one of this kind (won or lost). A lead that was created there has none."""
    steps = entries(facts, lead)
    kinds = [facts.kind(step.stage) for step in steps]
    return [step for before, now, step in zip(kinds, kinds[1:], steps[1:], strict=False) if now == kind != before]
