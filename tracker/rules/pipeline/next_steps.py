"""What next?: the next actions that are proposed after a contact, a finished task, a move or a sent email. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from tracker.domain.workspace.workspace import Workspace

_HOUR = time(9)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class NextStep:
    """A proposed next action. An empty text stands for none."""

    name: str
    text: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStepRule:
    """Two proposals after one of these `steps`, for leads in one of these `phases` (empty: any). Days are counted from today."""

    steps: tuple[str, ...]
    phases: tuple[str, ...] = ()
    first: tuple[str, int]
    second: tuple[str, int]


STEPS = ("reached", "no_answer", "left_message", "call_back", "meeting", "chat", "task", "move", "email")
"""What was done: the result of a call, or the step itself."""

RULES = (
    NextStepRule(steps=("no_answer",), first=("Call again", 1), second=("Send an email", 0)),
    NextStepRule(steps=("left_message",), first=("Call again", 2), second=("Send an email", 1)),
    NextStepRule(steps=("call_back",), first=("Call back", 1), second=("Call back", 3)),
    NextStepRule(steps=("email",), phases=("offer",), first=("Ask about the offer", 3), second=("Call about the offer", 1)),
    NextStepRule(steps=("email",), phases=("early", "qualified"), first=("Call about the email", 2), second=("Send a follow-up", 4)),
    NextStepRule(steps=STEPS, phases=("early",), first=("Book a meeting", 1), second=("Call again", 3)),
    NextStepRule(steps=STEPS, phases=("qualified",), first=("Send the offer", 1), second=("Call again", 3)),
    NextStepRule(steps=STEPS, phases=("offer",), first=("Ask about the offer", 3), second=("Call again", 7)),
    NextStepRule(steps=STEPS, phases=("won",), first=("Hand over and onboard", 1), second=("Keep in touch", 30)),
    NextStepRule(steps=STEPS, phases=("lost",), first=("Ask again", 90), second=("Ask again", 180)),
)
"""The first rule that matches."""

NONE = NextStep("none", "")


def phase_of(stage: str, workspace: Workspace) -> str:
    """The phase of a stage: early, qualified (the stage marked so), offer (open ones after it), won or lost."""
    found = workspace.stage(stage)
    if found is None or found.kind != "open":
        return found.kind if found else "early"
    qualified = next((index for index, one in enumerate(workspace.stages) if one.is_qualified), len(workspace.stages))
    index = workspace.stage_index(stage)
    return "early" if index < qualified else "qualified" if index == qualified else "offer"


def next_steps(step: str, stage: str, workspace: Workspace, zone: tzinfo, now: datetime) -> tuple[NextStep, ...]:
    """Three proposals; the last one is no next action. Times are 9:00 on working days; today becomes the next full hour."""
    phase = phase_of(stage, workspace)
    rule = next(rule for rule in RULES if step in rule.steps and (not rule.phases or phase in rule.phases))
    days = workspace.working_hours.days
    made = (
        NextStep(name, text, due_in(ahead, days, zone, now)) for name, (text, ahead) in (("first", rule.first), ("second", rule.second))
    )
    return (*made, NONE)


def due_in(ahead: int, days: Iterable[int], zone: tzinfo, now: datetime) -> datetime:
    """9:00 in that many days, or on the next working day after them; today: the next full hour."""
    local = now.astimezone(zone)
    if ahead == 0:
        return (local + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return datetime.combine(_working_day(local.date() + timedelta(days=ahead), frozenset(days)), _HOUR, zone)


def _working_day(day: date, days: frozenset[int]) -> date:
    return next((one for one in (day + timedelta(days=n) for n in range(_WEEK)) if one.weekday() in days), day)
