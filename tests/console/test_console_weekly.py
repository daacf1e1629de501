"""The weekly mail: to whom and when, what its numbers open, how it is switched off, and what happens where it cannot be sent."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.notifier.receivers import mail_server
from tracker.actions.leads import leads
from tracker.actions.pipeline import sales
from tracker.actions.pipeline.stages import move_lead
from tracker.actions.reports.weekly.weekly_mail import LEASE, WeeklyMailSweep
from tracker.actions.team import reps
from tracker.domain.leads.lead import NextAction
from tracker.domain.reports.weekly_mail import WeeklyMailState
from tracker.domain.team.rep import Role
from tracker.domain.team.team import Team
from workers.recompute.run import recompute

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""At 8:00 in Lisbon."""
ZONES = {"mara": "Europe/Lisbon", "tom": "Asia/Kolkata", "ada": "Pacific/Chatham"}


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
def people(deps, office, clock):
    """An admin in Lisbon, a rep in Kolkata and a manager in Chatham, who leads the rep's team; leads of both weeks and of two owners."""
    ws = office.workspace.id
    ada = reps.add_rep(deps, ws, email="ada@northbeam.example", name="Ada <b>", role=Role.MANAGER, timezone=ZONES["ada"])
    reps.change_rep(deps, ws, office.rep.id, timezone=ZONES["tom"])
    team = Team(id="t" * 32, name="South <b>", members=(office.rep.id,), leader=ada.id)
    policy = msgspec.structs.replace(office.workspace.policy, rep_figures=True)
    deps.store.workspaces.change(ws, teams=[team], policy=policy)
    for n, (days, owner) in enumerate([(2, "tom"), (3, "tom"), (3, "mara"), (9, "tom"), (10, "mara"), (10, "mara"), (30, "tom")]):
        clock.now = MONDAY - timedelta(days=days)
        rep = office.rep if owner == "tom" else office.admin
        action = NextAction("Call", clock.now + timedelta(days=1)) if n == 0 else None
        lead = leads.add_lead(deps, ws, email=f"l{n}@x.example", name=f"Lead {n}", source="Fair", owner=rep.id, next_action=action)
        if n == 1:
            move_lead(deps, ws, lead.id, "Won")
            sales.add_sale(deps, ws, lead=lead.id, product="Plan", amount=100_00, currency="EUR", sold_on=clock.now.date())
    clock.now = MONDAY
    recompute(deps, "live")
    here = deps.store.of(ws).reps
    return {"mara": here.get(office.admin.id), "tom": here.get(office.rep.id), "ada": here.get(ada.id)}


def receivers(mails):
    return Counter(mail.recipients[0].partition("@")[0] for mail in mails.mails)


def links_of(mail):
    """The text of each line, with the path of its page."""
    lines = mail.get_body(("plain",)).get_content().splitlines()
    return {
        text.removeprefix("- "): link.strip().partition("localhost")[2].partition("/")[2]
        for text, link in pairwise(lines)
        if link.startswith("  http")
    }


def test_once_to_each_on_the_local_morning(deps, people, mails, clock):
    """Over two weeks that are looked at every hour: each twice, in the hour from 8:00 by the own clock."""
    arrived, clock.now = {}, MONDAY - timedelta(days=1)
    for day in (0, 1, 4, 7, 8):
        clock.now = MONDAY - timedelta(days=1) + timedelta(days=day)
        for _ in range(24):
            before = len(mails.mails)
            WeeklyMailSweep().run(deps, clock.now)
            for mail in mails.mails[before:]:
                arrived.setdefault(mail.recipients[0].partition("@")[0], []).append(clock.now)
            clock.now += timedelta(hours=1)
    for name, moments in arrived.items():
        local = [moment.astimezone(ZoneInfo(ZONES[name])) for moment in moments]
        assert [(one.weekday(), one.hour) for one in local] == [(0, 8), (0, 8)], name
    assert set(arrived) == set(people)


def test_who_moves_east_is_mailed_on_arrival(deps, people, mails, clock):
    """From Honolulu on Monday at 7:00 to Auckland, where it is Tuesday: at once, and no more, also back in the west on that Monday."""
    reps.change_rep(deps, people["tom"].workspace, people["tom"].id, timezone="Pacific/Honolulu")
    clock.now = datetime(2026, 11, 30, 7, 0, tzinfo=ZoneInfo("Pacific/Honolulu")).astimezone(UTC)
    WeeklyMailSweep().run(deps, clock.now)
    assert receivers(mails)["tom"] == 0
    for zone in ("Pacific/Auckland", "Pacific/Honolulu", "Pacific/Auckland"):
        reps.change_rep(deps, people["tom"].workspace, people["tom"].id, timezone=zone)
        for _ in range(2):
            clock.now += timedelta(hours=1)
            WeeklyMailSweep().run(deps, clock.now)
        assert receivers(mails)["tom"] == 1
    clock.now = datetime(2026, 12, 7, 9, 0, tzinfo=ZoneInfo("Pacific/Auckland")).astimezone(UTC)
    WeeklyMailSweep().run(deps, clock.now)
    assert receivers(mails)["tom"] == 2


def test_each_line_opens_exactly_what_it_counts(deps, people, mails, clock, signed_in):
    """A rep's own numbers, a manager's team, and all for an admin."""
    expected = {
        "tom": ("Your leads", "- Leads added: 2 (week before: 1)"),
        "ada": ("South <b>", "- Leads added: 2 (week before: 1)"),
        "mara": ("All leads", "- Leads added: 3 (week before: 3)"),
    }
    for name, (title, line) in expected.items():
        for zone in reversed(ZONES.values()):
            clock.now = datetime(2026, 11, 30, 12, 0, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            WeeklyMailSweep().run(deps, clock.now)
        mail = next(mail for mail in mails.mails if mail.recipients == [people[name].email])
        text = mail.get_body(("plain",)).get_content()
        assert (title in text, line in text) == (True, True), text
        assert ("the week is not over yet" in text) == (name == "ada")  # Monday morning in Chatham is Sunday evening in Lisbon
        assert "<b>" not in mail.get_body(("html",)).get_content()
        assert (mail["Auto-Submitted"], mail["List-Unsubscribe"]) == ("auto-generated", f"<{deps.settings.public_url}/settings/me#weekly>")
        client, found = signed_in(people[name]), links_of(mail)
        assert "1 lead with an overdue task" in found
        assert any("going cold" in line for line in found), found
        clock.now = mail["Date"].datetime
        for counted, path in found.items():
            page = client.get(f"/{path}")
            assert page.status_code == 200, path
            number = re.search(r": €?([0-9]+)", counted) if "week before" in counted else re.match("[0-9]+", counted)
            if "week before" in counted and not counted.startswith("Sales"):
                assert re.search(rf"<h1[^>]*>\s*{number[1]} ", page.text), (counted, path)
            elif path.startswith("leads"):
                shown = len(set(re.findall(r'href="/leads/([0-9a-f]{32})"', page.text)))
                assert shown == int(number[0]), (counted, path)


def test_who_switches_it_off_gets_none(deps, office, people, mails, clock, signed_in):
    """On the profile, or for the company under Settings; a rep who left gets none either."""
    tom = signed_in(people["tom"])
    assert 'id="weekly"' in tom.get("/settings/me").text
    tom.post("/settings/me", {"name": "Tom", "email": people["tom"].email, "timezone": "Europe/Lisbon", "weekly_mail": "off"})
    reps.change_rep(deps, office.workspace.id, people["ada"].id, timezone="Europe/Lisbon", is_active=False)
    WeeklyMailSweep().run(deps, clock.now)
    assert receivers(mails) == {"mara": 1}
    mara = signed_in(people["mara"])
    page = mara.get("/settings/workspace").text
    assert "At 8:00" in page
    values = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page)) | {"weekly_mail_hour": "", "home_url": ""}
    mara.post("/settings/workspace", values)
    assert deps.store.workspaces.get(office.workspace.id).policy.weekly_mail_hour is None
    clock.now += timedelta(days=7)
    WeeklyMailSweep().run(deps, clock.now)
    assert receivers(mails) == {"mara": 1}


def test_a_mail_that_cannot_be_sent_is_tried_again_and_given_up(deps, office, people, mails, clock, signed_in):
    """A busy server for a while; a killed process sends the same Message-ID again; a refusal is final, and so is a day.

    Admins see what was given up, and send it again.
    """
    rows = deps.store.of(office.workspace.id).weekly_mails
    for name in ("tom", "ada"):
        reps.change_rep(deps, office.workspace.id, people[name].id, weekly_mail=False)
    mails.rcpt.append("451 busy")
    WeeklyMailSweep().run(deps, clock.now)
    assert (receivers(mails), [row.state for row in rows.each()]) == ({}, [WeeklyMailState.DUE])
    clock.now += timedelta(minutes=1)
    WeeklyMailSweep().run(deps, clock.now)
    assert receivers(mails) == {"mara": 1}

    sent = next(rows.each())
    rows.change(sent.id, state=WeeklyMailState.SENDING, due_at=clock.now + LEASE)  # as a process leaves it that is killed after the mail
    WeeklyMailSweep().run(deps, clock.now)
    assert receivers(mails) == {"mara": 1}
    clock.now += LEASE
    WeeklyMailSweep().run(deps, clock.now)
    assert len({mail["Message-ID"] for mail in mails.mails}) == 1
    assert receivers(mails) == {"mara": 2}

    rows.change(sent.id, state=WeeklyMailState.DUE, due_at=clock.now)
    clock.now += timedelta(days=3)
    WeeklyMailSweep().run(deps, clock.now)
    assert (receivers(mails), rows.get(sent.id).state) == ({"mara": 2}, WeeklyMailState.FAILED)
    clock.now += timedelta(days=4)
    mails.rcpt.append("550 no such person")
    WeeklyMailSweep().run(deps, clock.now)
    assert [(row.week, row.error is not None) for row in rows.failed(limit=9)] == [("2026-W50", True), ("2026-W49", True)]
    mara = signed_in(people["mara"])
    page = mara.get("/settings/deliveries").text
    failed = rows.failed(limit=1)[0]
    assert ("Weekly emails not sent" in page, escape(failed.error) in page) == (True, True)
    mara.post(f"/settings/deliveries/{failed.id}/replay")
    WeeklyMailSweep().run(deps, clock.now)
    assert (receivers(mails), rows.get(failed.id).state) == ({"mara": 3}, WeeklyMailState.SENT)
