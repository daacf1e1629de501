"""When automations start: a simulated quarter of random leads in many zones, decided live and at once, and against plain arithmetic."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.automation import BY_HOURS, AutomationContent, AutomationTrigger
from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.automations.starts import AutomationSubject, morning, starts
from tracker.rules.working_hours import is_open

BEGIN = datetime(2026, 9, 15, tzinfo=UTC)
"""In the quarter from then, clocks change in Europe, America, and Lord Howe by half an hour."""
END = BEGIN + timedelta(days=92)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ZONES = ("Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Europe/Lisbon", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC")
HOME = Workspace(id="0" * 16, name="Home", created_at=BEGIN)
T = AutomationTrigger
OPEN = {"field": "stage_kind", "is": "open"}
CONTENTS = (
    AutomationContent(trigger=T.NO_CONTACT, number=14, condition=OPEN),
    AutomationContent(trigger=T.NO_CONTACT, number=7, repeats=True),
    AutomationContent(trigger=T.QUIET, number=20),
    AutomationContent(trigger=T.IN_STAGE, number=10, condition=OPEN),
    AutomationContent(trigger=T.IN_STAGE, number=8, text="Qualified", repeats=True),
    AutomationContent(trigger=T.STAGE, text="Won"),
    AutomationContent(trigger=T.DATE, text="Renewal", number=-3),
    AutomationContent(trigger=T.MEETING),
    AutomationContent(trigger=T.UNCONTACTED, number=24),
    AutomationContent(trigger=T.UNANSWERED, number=48),
)


def past(random: Random) -> AutomationSubject:
    """A lead with contacts, visits, meetings and moves anywhere in the quarter."""

    def times(most: int) -> tuple[datetime, ...]:
        return tuple(sorted(BEGIN + random.random() * (END - BEGIN) for _ in range(random.randint(0, most))))

    zone, key, stage, moves = ZoneInfo(random.choice(ZONES)), new_id(), "New", []
    for at in times(4):
        to = random.choice(("Contacted", "Qualified", "Won"))
        moves.append(Move(id=new_id(), workspace=HOME.id, lead=key, before=stage, stage=to, at=at))
        stage = to
    fields = {"Renewal": (BEGIN + random.randint(0, 92) * DAY).date().isoformat()}
    lead = Lead(
        id=key, workspace=HOME.id, email="a@x.example", name="A", stage=stage, fields=fields, created_at=BEGIN + MINUTE, updated_at=BEGIN
    )
    activity = {T.QUIET: times(6), T.MEETING: times(3)}
    return AutomationSubject(
        lead=lead, zone=zone, moves=tuple(moves), contacts=times(5), activity=activity, ours=times(6), responses=times(2)
    )


def until(history: AutomationSubject, now: datetime) -> AutomationSubject:
    """What was known of the lead then."""
    moves = tuple(move for move in history.moves if move.at <= now)
    activity = {trigger: tuple(at for at in times if at <= now) for trigger, times in history.activity.items()}
    contacts = tuple(at for at in history.contacts if at <= now)
    lead = msgspec.structs.replace(history.lead, stage=moves[-1].stage if moves else "New")
    ours, responses = (tuple(at for at in times if at <= now) for times in (history.ours, history.responses))
    return AutomationSubject(
        lead=lead, zone=history.zone, moves=moves, contacts=contacts, activity=activity, ours=ours, responses=responses
    )


@pytest.mark.parametrize("content", CONTENTS, ids=lambda one: f"{one.trigger.value} {one.number}")
def test_each_start_once_and_as_previewed(content: AutomationContent):
    """Decided every five hours with what was known then, with overlap, each cause once: the same as the whole quarter at once."""
    random, found = Random(content.number), 0
    for _ in range(12 if content.trigger not in BY_HOURS else 24):
        history, lived, now = past(random), {}, BEGIN
        while now < END:
            now += timedelta(hours=5)
            for one in starts(content, until(history, now), max(BEGIN, now - 2 * DAY), now, HOME):
                lived.setdefault(one.cause, one.at)
        whole = starts(content, until(history, now), BEGIN, now, HOME)
        assert sorted(lived.items()) == sorted((one.cause, one.at) for one in whole)
        assert len({one.cause for one in whole}) == len(whole)
        if content.trigger in BY_HOURS:
            assert all(is_open(one.at, HOME.working_hours, history.zone) for one in whole)
        elif content.trigger not in (T.STAGE, T.MEETING):
            assert {one.at.astimezone(history.zone).strftime("%H:%M") for one in whole} <= {"09:00"}
        found += len(whole)
    assert found > 3


@pytest.mark.parametrize("zone", ZONES)
def test_a_morning_is_never_early_nor_a_day_late(zone: str):
    """By the wall clock of the zone, also across changes of it."""
    there, random = ZoneInfo(zone), Random(1)
    for _ in range(200):
        anchor, days = BEGIN + random.random() * (END - BEGIN), random.randint(1, 120)
        at = morning(anchor, days, there).astimezone(there)
        due = anchor.astimezone(there).replace(tzinfo=None) + days * DAY
        assert (at.hour, at.minute) == (9, 0)
        assert due <= at.replace(tzinfo=None) < due + DAY
