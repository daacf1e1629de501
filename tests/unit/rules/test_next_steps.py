"""What next?: three proposals for every step and stage."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.scenes import NOON
from tracker.domain.workspace.stage import STAGE_TEMPLATES
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.pipeline.next_steps import NONE, STEPS, due_in, next_steps, phase_of


def company(template="standard", **more):
    return Workspace(id="w", name="W", created_at=NOON, stages=STAGE_TEMPLATES[template], **more)


@pytest.mark.parametrize("template", STAGE_TEMPLATES)
@pytest.mark.parametrize("step", STEPS)
def test_there_are_always_three(template, step):
    """Two actions with a time to come, and none; also for a stage that is not known."""
    known = company(template)
    for stage in (*(one.id for one in known.stages), "gone"):
        first, second, none = next_steps(step, stage, known, ZoneInfo("Europe/Lisbon"), NOON)
        assert none == NONE
        for found in (first, second):
            assert found.text
            assert found.due is not None
            assert found.due > NOON
        assert (first.text, first.due) != (second.text, second.due)


def test_they_follow_from_stage_and_result():
    """Among them those that the interface promises."""
    known, zone = company(), ZoneInfo("Europe/Lisbon")

    def first(step, stage):
        return next_steps(step, stage, known, zone, NOON)[0]

    assert (first("no_answer", "New").text, first("no_answer", "New").due) == ("Call again", datetime(2026, 11, 19, 9, tzinfo=UTC))
    assert first("reached", "Qualified").text == "Send the offer"
    assert first("email", "Proposal Sent").text == "Ask about the offer"
    assert first("move", "Won").text == "Hand over and onboard"


def test_phases_follow_from_the_qualified_stage():
    """Without one, every open stage is early."""
    standard = company()
    assert [phase_of(stage.id, standard) for stage in standard.stages] == ["early", "early", "qualified", "offer", "offer", "won", "lost"]


@pytest.mark.parametrize(("days", "day"), [((0, 1, 2, 3, 4), 23), ((0, 1, 2, 3, 4, 5, 6), 21), ((), 21)])
def test_days_off_are_left_out(days, day):
    """Three days after a Wednesday is a Saturday; at 9:00 of the rep's zone."""
    found = due_in(3, WorkingHours(days=days).days, ZoneInfo("America/Chicago"), NOON)

    assert (found.day, found.hour, found.utcoffset().total_seconds()) == (day, 9, -6 * 3600)
