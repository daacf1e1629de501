"""Metrics of leads and their stages."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from tracker.rules.reports.amounts import Converter, median
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.history import Entry, closings, entries, stays
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record

MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
_YEAR = 365


def leads_added(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Leads that were created in the period."""
    for lead in facts.leads:
        if lead.created_at <= facts.now and period.holds(facts.day(lead.created_at)):
            yield Record(id=lead.id, lead=lead)


def pipeline(facts: ReportFacts, _: Period) -> Iterator[Record]:
    """Open leads by stage now, with what they are expected to buy for at today's rate, archived ones aside."""
    converter = Converter(facts.currency, facts.rates)
    for lead in facts.leads:
        is_gone = lead.is_erased or lead.created_at > facts.now or (lead.archived_at is not None and lead.archived_at <= facts.now)
        stage = lead.stage if is_gone or not facts.is_past else entries(facts, lead)[-1].stage
        if is_gone or facts.kind(stage) != "open" or facts.index(stage) < 0:
            continue
        if lead.value is None:
            yield Record(id=lead.id, lead=lead, own={Group.STAGE: stage})
            continue
        found = converter.convert(*lead.value, facts.today)
        yield Record(
            id=lead.id,
            lead=lead,
            own={Group.STAGE: stage},
            amount=found.amount if found else 0,
            foreign=None if found else lead.value,
            is_estimated=bool(found and found.is_estimated),
        )


def entered(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Leads by the stages that they came into in the period, each lead once a stage."""
    for lead in facts.leads:
        for stage in {step.stage for step in entries(facts, lead) if period.holds(facts.day(step.at))}:
            yield Record(id=lead.id, lead=lead, own={Group.STAGE: stage})


def conversion(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Of the leads that came into an open stage in the period, those that came into a later open stage or Won after that, by now.

    One record for each lead and pair of stages, `A>B`.
    """
    places = [(n, stage) for n, stage in enumerate(facts.stages) if stage.kind != "lost"]
    for lead in facts.leads:
        steps = entries(facts, lead)
        for n, stage in places:
            start = next((i for i, one in enumerate(steps) if one.stage == stage.id and period.holds(facts.day(one.at))), None)
            if stage.kind != "open" or start is None:
                continue
            later = {one.stage for one in steps[start + 1 :]}
            for m, to in places:
                if m > n:
                    yield Record(id=lead.id, lead=lead, own={Group.STEP: f"{stage.id}>{to.id}"}, is_hit=to.id in later)


def time_in_stage(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Stays that ended in the period."""
    for lead in facts.leads:
        for n, stay in enumerate(stays(facts, lead)):
            if stay.end is not None and period.holds(facts.day(stay.end)):
                own = {Group.STAGE: stay.stage}
                yield Record(id=f"{lead.id}:{n}", lead=lead, own=own, ms=(stay.end - stay.start) / MILLISECOND)


def time_so_far(facts: ReportFacts, _: Period) -> Iterator[Record]:
    """Stays of open leads that last, without archived ones."""
    for record in pipeline(facts, _):
        stay = stays(facts, record.lead)[-1]
        if stay.stage == record.own[Group.STAGE]:
            yield Record(id=record.id, lead=record.lead, own=record.own, ms=(facts.now - stay.start) / MILLISECOND)


def bottleneck(facts: ReportFacts, period: Period) -> tuple[str, float] | None:
    """The open stage whose leads take longest compared with usual, and by how much; None without an ended stay."""
    return slowest(facts, period, lambda of: _medians(facts, of))


def slowest(facts: ReportFacts, period: Period, medians: Callable[[Period], dict[str, float]]) -> tuple[str, float] | None:
    """The same, by the medians of a period."""
    now = medians(period)
    year = medians(Period(period.first.fromordinal(period.first.toordinal() - _YEAR), period.first))
    found: tuple[str, float] | None = None
    for stage in facts.stages:
        usual = stage.usual_days * _DAY_MS if stage.usual_days else year.get(stage.id)
        if stage.kind != "open" or stage.id not in now or not usual:
            continue
        ratio = now[stage.id] / usual
        if found is None or ratio > found[1]:
            found = stage.id, ratio
    return found


def _medians(facts: ReportFacts, period: Period) -> dict[str, float]:
    durations: dict[str, list[float]] = {}
    for record in time_in_stage(facts, period):
        durations.setdefault(str(record.own[Group.STAGE]), []).append(record.ms or 0)
    return {stage: middle for stage, its in durations.items() if (middle := median(its)) is not None}


def won(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Moves into Won in the period, with the time since the lead was created."""
    return _closed(facts, period, "won")


def lost(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Moves into Lost in the period."""
    return _closed(facts, period, "lost")


def _closed(facts: ReportFacts, period: Period, kind: str) -> Iterator[Record]:
    for lead in facts.leads:
        for step in closings(facts, lead, kind):
            if period.holds(facts.day(step.at)):
                own = {Group.STAGE: step.stage, Group.REASON: _reason(step)}
                ms = (step.at - lead.created_at) / MILLISECOND
                yield Record(id=step.move.id if step.move else lead.id, lead=lead, own=own, ms=ms)


def _reason(step: Entry) -> str | None:
    return step.move.reason if step.move else None


def source_quality(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Leads that were created in the period; hits are those that ever came into the stage marked *Qualified* or a later one."""
    mark = next((n for n, stage in enumerate(facts.stages) if stage.is_qualified), None)
    for record in leads_added(facts, period):
        reached = [step.stage for step in entries(facts, record.lead)]
        is_hit = mark is not None and any(facts.kind(one) != "lost" and facts.index(one) >= mark for one in reached)
        yield Record(id=record.id, lead=record.lead, is_hit=is_hit, score=record.lead.score)
