"""Warnings about figures: found once a week for those who see the same leads, told to managers and admins, and shown with the reports."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.notifier.receivers import mail_server
from tracker.actions.alerting.rules.custom_rules import set_priority
from tracker.actions.reports.warnings.week_warnings import find_warnings
from tracker.actions.reports.weekly.weekly_mail import WeeklyMailSweep
from tracker.actions.team import reps
from tracker.base.ids import new_id
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.alerting.custom_rule import RulePriority
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.move import Move
from tracker.domain.team.rep import Role
from tracker.rules.visibility import Viewer

MONDAY = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
LEADS = 25
"""In each period of 28 days."""


class Clock:
    """A clock that is set."""

    now = MONDAY - timedelta(days=60)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def mails():
    with mail_server() as found:
        yield found


@pytest.fixture
def deps(deps, clock, mails):
    return replace(deps, now=clock, settings=replace(deps.settings, smtp_url=f"smtp://127.0.0.1:{mails.port}"))


@pytest.fixture
def history(deps, office):
    """A year in which 13 of 25 new leads were contacted in each period, and 3 of the last 25; most older ones were contacted later."""
    here, ws = deps.store.of(office.workspace.id), office.workspace
    first, second = ws.stages[0].id, ws.stages[1].id
    leads, moves = [], []
    for period in range(13):
        for n in range(LEADS):
            at = MONDAY.replace(hour=12) - (28 * period + 2 + n) * DAY
            is_contacted = n >= LEADS - (3 if period == 0 else 13)
            is_late = not is_contacted and period > 2
            stage = second if is_contacted or is_late else first
            lead = Lead(
                id=new_id(), workspace=ws.id, name=f"L{n}", email=f"l{n}@p{period}.example", stage=stage, created_at=at, updated_at=at
            )
            leads.append(lead)
            if stage == second:
                moved = at + (60 if is_late else 1) * DAY
                moves.append(Move(id=new_id(), workspace=ws.id, lead=lead.id, before=first, stage=second, at=moved, cause="rep"))
    here.leads.add_many(leads)
    here.moves.add_many(moves)


def alerts_of(deps, office):
    return [one for one in deps.store.of(office.workspace.id).alerts.latest(limit=50) if one.rule is AlertRule.FIGURE]


def test_a_figure_that_left_its_range_is_told_once(deps, office, history, clock, mails, signed_in):
    """To the admin and the manager, not to the rep; the week after, it is no news."""
    ws = office.workspace
    manager = reps.add_rep(deps, ws.id, email="ada@northbeam.example", name="Ada", role=Role.MANAGER, timezone="Europe/Lisbon")
    off = reps.add_rep(deps, ws.id, email="max@northbeam.example", name="Max", role=Role.MANAGER, timezone="Europe/Lisbon")
    clock.now = MONDAY
    set_priority(deps, Viewer(ws, off), off.id, "figure", RulePriority.OFF)
    for _ in range(2):
        find_warnings(deps, clock.now)
    found = alerts_of(deps, office)
    title = f"{ws.stages[0].name} → {ws.stages[1].name} 12 %, was 52 %"
    assert {(one.rep, one.title, one.priority) for one in found} == {
        (rep.id, title, Priority.QUIET) for rep in (office.admin, manager)
    }  # fmt: skip
    assert len(found) == 2

    client = signed_in(manager)
    for page in ("/reports", "/alerts"):
        text = client.get(page).text
        assert title in text
        assert found[0].path.replace("&", "&amp;") in text
    behind = client.get(found[0].path).text
    assert f"{LEADS} leads" in behind
    assert behind.count("<td>Yes</td>") == 3
    WeeklyMailSweep().run(deps, clock.now)
    assert all(title in mail.get_body(("plain",)).get_content() for mail in mails.mails)
    assert len(mails.mails) == 4

    clock.now += 7 * DAY
    find_warnings(deps, clock.now)
    assert len(alerts_of(deps, office)) == 2
    assert title not in client.get("/reports").text
