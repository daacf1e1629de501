"""When a step of a sequence is due for a lead, and whether its test holds. Pure.

Waits are counted in working days or working hours of the rep who sends. A step after n days is due on the n-th working day later, at the same
local time, or when working hours begin next; also where a clock changes meanwhile. It is never early.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from tracker.domain.outreach.sequence import AT_ONCE, SequenceStep, StepTest, StepUnit
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.rules.page_paths import is_on
from tracker.rules.working_hours import after_open_time, next_open

CERTAIN_AFTER = timedelta(minutes=5)
"""After that, what a request was caused by is settled: holds end after seconds, and scans come in bursts."""
LOOK_AGAIN = timedelta(minutes=15)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What the lead did since the step before. Of the last email of the sequence: whether it was sent, and what came of it."""

    has_email: bool = False
    sent_at: datetime | None = None
    has_pixel: bool = False
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    views: tuple[tuple[datetime, str], ...] = ()
    """Time and address of each page that a person viewed."""


@dataclass(frozen=True, slots=True)
class StepWait:
    """Nothing before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class StepSkip:
    """The step is left out."""

    reason: str


@dataclass(frozen=True, slots=True)
class StepGo:
    """The step is due."""

    reason: str


StepDecision = StepWait | StepSkip | StepGo


def due_at(counted_from: datetime, step: SequenceStep, hours: WorkingHours, zone: tzinfo) -> datetime:
    """The end of the step's wait, in UTC and in working hours."""
    if step.unit is StepUnit.HOURS:
        return after_open_time(counted_from, timedelta(hours=step.after), hours, zone).astimezone(UTC)
    local = counted_from.astimezone(zone)
    day, left = local.date(), step.after
    while left:
        day += _DAY
        left -= day.weekday() in hours.days
    same_time = datetime.combine(day, local.time(), zone).astimezone(UTC) if step.after else counted_from
    return next_open(max(same_time, counted_from), hours, zone).astimezone(UTC)


def first_look(counted_from: datetime, step: SequenceStep, hours: WorkingHours, zone: tzinfo) -> datetime:
    """When the step has to be looked at first: at its end, or soon for what the lead may do meanwhile."""
    end = due_at(counted_from, step, hours, zone)
    return min(end, counted_from + LOOK_AGAIN) if step.test in AT_ONCE else end


def decide_step(
    step: SequenceStep, counted_from: datetime, facts: StepFacts, now: datetime, hours: WorkingHours, zone: tzinfo
) -> StepDecision:
    """Whether the step is due, waits or is left out. What a person did counts once it is certain."""
    end = due_at(counted_from, step, hours, zone)
    if step.test in AT_ONCE:
        return _at_once(step, end, _seen(step, facts, counted_from), now, hours, zone)
    if (begin := next_open(max(end, now), hours, zone)) > now:
        return StepWait(begin)
    if step.test is StepTest.NOT_OPENED:
        return _not_opened(facts, now)
    return StepGo("")


def _at_once(step: SequenceStep, end: datetime, seen: Iterable[datetime], now: datetime, hours: WorkingHours, zone: tzinfo) -> StepDecision:
    first = min((at for at in seen if at <= end), default=None)
    certain = (first or end) + CERTAIN_AFTER
    if first is None:
        words = "No link was clicked" if step.test is StepTest.CLICKED else f"{step.page} was not viewed"
        return StepSkip(f"{words} in time") if now >= certain else StepWait(min(certain, now + LOOK_AGAIN))
    begin = next_open(max(certain, now), hours, zone)
    return StepWait(begin) if begin > now else StepGo("Clicked a link" if step.test is StepTest.CLICKED else f"Viewed {step.page}")


def _not_opened(facts: StepFacts, now: datetime) -> StepDecision:
    if not facts.has_email:
        return StepSkip("There is no email before it")
    if facts.sent_at is None:
        return StepWait(now + LOOK_AGAIN)
    if not facts.has_pixel:
        return StepSkip("The last email carried no pixel, so that no one knows")
    if facts.opened_at or facts.clicked_at:
        return StepSkip("The last email was opened")
    return StepGo("The last email was not opened")


def _seen(step: SequenceStep, facts: StepFacts, since: datetime) -> list[datetime]:
    if step.test is StepTest.CLICKED:
        return [facts.clicked_at] if facts.clicked_at else []
    return [at for at, url in facts.views if at >= since and is_on(url, (step.page,))]
