"""What the log of moves says of one lead: entries into stages, stays in them, wins and losses."""

from collections.abc import Sequence
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
    """Creation and every move since, in order; two in a row into one stage are one. Nothing after now."""
    known: list[Entry] | None = facts.histories.get(lead.id)
    if known is None:
        found = standing_entries(lead, facts.stages[0].id)
        known = facts.histories[lead.id] = [step for step in found if step.at <= facts.now]
    return known


def standing_entries(lead: ReportLead, first_stage: str) -> list[Entry]:
    """The same without regard to now. A move from before the lead counts at its creation; `first_stage` where nothing says where it began."""
    standing = _standing(lead)
    born = [move for move in standing if move.at <= lead.created_at]
    first = born[-1].stage if born else _began(lead, standing) or first_stage
    found = [Entry(first, lead.created_at)]
    for move in standing[len(born) :]:
        if move.stage != found[-1].stage:
            found.append(Entry(move.stage, move.at, move))
    return found


def is_guessed(lead: ReportLead) -> bool:
    """Whether nothing says in which stage the lead began: it is taken to be the first one."""
    standing = _standing(lead)
    return bool(standing) and standing[0].at > lead.created_at and not _began(lead, standing)


def _began(lead: ReportLead, standing: Sequence[Move]) -> str | None:
    """The stage before the first move, as far as known."""
    return (standing[0].before if standing else lead.stage) if lead.born_in is None else lead.born_in


def _standing(lead: ReportLead) -> list[Move]:
    return sorted((move for move in lead.moves if not move.withdrawn), key=lambda move: (move.at, move.id))


def stays(facts: ReportFacts, lead: ReportLead) -> list[Stay]:
    """How long the lead was in each stage, the open stay last."""
    steps = entries(facts, lead)
    ends = [step.at for step in steps[1:]]
    return [Stay(step.stage, step.at, end) for step, end in zip(steps, [*ends, None], strict=False)]


def closings(facts: ReportFacts, lead: ReportLead, kind: str) -> list[Entry]:
    """Moves out of a stage of another kind into one of this kind (won or lost). A lead that was created there has none."""
    steps = entries(facts, lead)
    kinds = [facts.kind(step.stage) for step in steps]
    return [step for before, now, step in zip(kinds, kinds[1:], steps[1:], strict=False) if now == kind != before]
