"""When an automation starts for a lead: all its causes in a range of time. Pure; the same function runs, previews and is tested.

What counts days starts at 9:00 in the zone of the lead's owner, at the first 9:00 that is not before the same local time
`number` days later, also where a clock changes meanwhile. What counts hours starts so many hours later, or when the working hours in
that zone begin next.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

import msgspec

from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.automation import AUTOMATION, AutomationContent, AutomationTrigger
from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.custom.lead_as_of import stage_at
from tracker.rules.automations.lead_then import ScorePast, contacted_then, scored_then
from tracker.rules.conditions.condition import parsed
from tracker.rules.conditions.lead_tests import passes
from tracker.rules.conditions.lower import ConditionContext, lowered
from tracker.rules.pipeline.today import BY_NAME, stages_of
from tracker.rules.working_hours import next_open

MORNING = time(9)
MOST_REPEATS = 40
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_T = AutomationTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationSubject:
    """What automations are decided from: one lead with what happened, times in any order."""

    lead: Lead
    zone: tzinfo
    """Of its owner, else of the workspace."""
    moves: tuple[Move, ...] = ()
    """Oldest first, withdrawn ones included."""
    contacts: tuple[datetime, ...] = ()
    """Either way."""
    ours: tuple[datetime, ...] = ()
    """Contacts by the company."""
    responses: tuple[datetime, ...] = ()
    """By the lead; where day facts count them, the last of each day."""
    activity: Mapping[AutomationTrigger, tuple[datetime, ...]] = field(default_factory=dict)
    """Of the triggers that are events; `quiet`: of anything by the lead, the last of each local day."""
    sales: Mapping[str, datetime] = field(default_factory=dict)
    """When each sale was recorded, by id."""
    past: ScorePast | None = None
    """Where the condition needs it."""


@dataclass(frozen=True, slots=True)
class AutomationStart:
    """One cause of an automation. The same cause has the same name whenever it is decided."""

    cause: str
    at: datetime
    reason: str


def starts(
    content: AutomationContent,
    history: AutomationSubject,
    after: datetime,
    until: datetime,
    workspace: Workspace,
    sources: Mapping[str, str] | None = None,
) -> list[AutomationStart]:
    """The causes after `after` until `until`, oldest first, at which the lead met the condition. None for an archived lead.

    What is an event starts once on each local day, with the first one at which the condition is met. Stage, score, counts and contacts of
    the lead are those of then, all other fields are those of `history.lead`.
    """
    if history.lead.archived_at is not None:
        return []
    found = sorted(
        (one for one in _causes(content, history, until, workspace) if after < one.at <= until), key=lambda one: (one.at, one.cause)
    )
    met: dict[str, AutomationStart] = {}
    for one in found:
        if one.cause not in met and _is_met(content, history, one.at, workspace, sources or {}):
            met[one.cause] = one
    return list(met.values())


def morning(anchor: datetime, days: int, zone: tzinfo) -> datetime:
    """The first 9:00 of the zone at or after the same local time that many days later, in UTC."""
    later = anchor.astimezone(zone).replace(tzinfo=None) + days * _DAY
    day = later.date() if later.time() <= MORNING else later.date() + _DAY
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def half_year_before(now: datetime, zone: tzinfo) -> datetime:
    """The last 9:00 of a first of January or July in the zone, in UTC."""
    year = now.astimezone(zone).year
    mornings = (datetime.combine(day, MORNING, zone).astimezone(UTC) for day in (date(year, 7, 1), date(year, 1, 1), date(year - 1, 7, 1)))
    return next(at for at in mornings if at <= now)


def _is_met(content: AutomationContent, history: AutomationSubject, at: datetime, workspace: Workspace, sources: Mapping[str, str]) -> bool:
    if not content.condition:
        return True
    stage, since = stage_at(history.lead, history.moves, at)
    lead = msgspec.structs.replace(history.lead, stage=stage, stage_since=since)
    lead = contacted_then(lead, history.contacts, history.ours, at)
    if history.past is not None:
        lead = scored_then(lead, history.past, at, workspace)
    return passes(lowered(parsed(content.condition), ConditionContext(workspace, at, history.zone, None, sources)), lead)


def _causes(content: AutomationContent, history: AutomationSubject, until: datetime, workspace: Workspace) -> Iterator[AutomationStart]:
    lead, trigger = history.lead, content.trigger
    match trigger:
        case _T.CREATED:
            if not lead.is_imported:
                yield AutomationStart("created", lead.created_at, "Added")
        case _T.STAGE:
            moved = (one for one in _standing(history.moves) if one.actor != AUTOMATION and not one.is_imported)
            yield from (AutomationStart(one.id, one.at, "Moved") for one in moved if content.text in ("", one.stage))
        case _T.SENT:
            rule = "proposal_sent" if content.text else "message_sent"
            yield from (AutomationStart(one.id, one.at, "Email sent") for one in _standing(history.moves) if one.rule == rule)
        case _T.SALE:
            yield from (AutomationStart(sale, at, "Sale recorded") for sale, at in history.sales.items())
        case _T.NO_CONTACT | _T.QUIET:
            yield from _after_silence(content, history, until)
        case _T.IN_STAGE:
            yield from _in_stage(content, history, until)
        case _T.UNCONTACTED | _T.UNANSWERED:
            yield from _after_hours(content, history, workspace)
        case _T.DATE:
            yield from _after_date(content, history)
        case _:
            times = history.activity.get(trigger, ())
            yield from (AutomationStart(f"{trigger.value}:{at.astimezone(history.zone).date()}", at, _HAPPENED[trigger]) for at in times)


_HAPPENED = {
    _T.OPEN: "Opened an email",
    _T.CLICK: "Clicked a link",
    _T.VIEW: "Viewed a page",
    _T.FORM: "Sent a form",
    _T.REPLY: "Replied",
    _T.MEETING: "Meeting logged",
}


def _standing(moves: Iterable[Move]) -> list[Move]:
    return sorted((move for move in moves if not move.withdrawn), key=lambda move: (move.at, move.id))


def _anchors(lead: Lead, times: Iterable[datetime]) -> list[datetime]:
    """From when days are counted: each contact; before the first one, the day on which the lead was added."""
    found = sorted(set(times))
    return found if found and found[0] <= lead.created_at else [lead.created_at, *found]


def _after_silence(content: AutomationContent, history: AutomationSubject, until: datetime) -> Iterator[AutomationStart]:
    is_quiet = content.trigger is _T.QUIET
    seen = (*history.contacts, *(history.activity.get(_T.QUIET, ()) if is_quiet else ()))
    words = "No contact and no activity for {} days" if is_quiet else "No contact for {} days"
    yield from _after_days(_anchors(history.lead, seen), content, history.zone, until, words)


def _after_days(
    anchors: list[datetime], content: AutomationContent, zone: tzinfo, until: datetime, words: str
) -> Iterator[AutomationStart]:
    for anchor, end in pairwise([*anchors, None]):
        if anchor is not None:
            yield from _stays(anchor, end, content, zone, until, words)


def _stays(
    anchor: datetime, end: datetime | None, content: AutomationContent, zone: tzinfo, until: datetime, words: str
) -> Iterator[AutomationStart]:
    """The mornings after the anchor, as long as nothing ended the wait."""
    for turn in range(1, MOST_REPEATS + 1 if content.repeats else 2):
        at = morning(anchor, turn * content.number, zone)
        if at > until or (end is not None and end <= at):
            return
        yield AutomationStart(f"{round(anchor.timestamp() * 1000)}:{content.number}:{turn}", at, words.format(f"{turn * content.number:,}"))


def _in_stage(content: AutomationContent, history: AutomationSubject, until: datetime) -> Iterator[AutomationStart]:
    lead, moves = history.lead, _standing(history.moves)
    first = moves[0].before if moves else lead.stage
    stays = [(first or lead.stage, lead.created_at if moves else lead.stage_since or lead.created_at)]
    stays += [(move.stage, move.at) for move in moves]
    for (stage, since), (_, end) in pairwise([*stays, ("", None)]):
        if content.text in ("", stage) and since is not None:
            yield from _stays(since, end, content, history.zone, until, "In its stage for {} days")


def _after_hours(content: AutomationContent, history: AutomationSubject, workspace: Workspace) -> Iterator[AutomationStart]:
    """As the blocks of Today: new leads in the first stage, and in the second one those who were contacted."""
    is_new = content.trigger is _T.UNCONTACTED
    stages = stages_of(BY_NAME["new" if is_new else "no_response"], workspace)
    words = "New for {} hours, not contacted" if is_new else "No response for {} hours"
    for anchor, end in _new_waits(history) if is_new else _waits(history):
        at = next_open(anchor + content.number * _HOUR, workspace.working_hours, history.zone)
        if (end is None or end > at) and stage_at(history.lead, history.moves, at)[0] in stages:
            yield AutomationStart(f"{round(anchor.timestamp() * 1000)}:{content.number}h", at, words.format(f"{content.number:,}"))


def _new_waits(history: AutomationSubject) -> Iterator[tuple[datetime, datetime | None]]:
    """From when a new lead waits, until the first contact by the company."""
    if not history.lead.is_imported:
        yield history.lead.created_at, min(history.ours, default=None)


def _waits(history: AutomationSubject) -> Iterator[tuple[datetime, datetime | None]]:
    """From the first contact by the company after each response until the next one."""
    responses = sorted(set(history.responses))
    for before, after in pairwise([None, *responses, None]):
        own = [at for at in history.ours if (before is None or at > before) and (after is None or at < after)]
        if own:
            yield min(own), after


def _after_date(content: AutomationContent, history: AutomationSubject) -> Iterator[AutomationStart]:
    text = history.lead.field_texts.get(content.text, "")
    try:
        day = date.fromisoformat(text)
        at = datetime.combine(day + content.number * _DAY, MORNING, history.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return
    yield AutomationStart(f"{day}:{content.number}", at, f"{content.text}: {day:%-d %b %Y}")
