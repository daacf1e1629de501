"""The weekly mail: when it is due over a year, and its text."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Figure, Group
from tracker.rules.reports.weekly.content import FIGURES, WeeklyContent, WeeklyLine, WeeklySection, rows_of, subject_of
from tracker.rules.reports.weekly.due import GIVE_UP_AFTER, RETRIES, monday_left_behind, monday_named, monday_of, next_try, week_name
from tracker.rules.reports.weekly.mail_text import html, plain

ZONES = ("Europe/Lisbon", "Asia/Kolkata", "Pacific/Chatham", "America/Sao_Paulo", "Africa/Cairo", "UTC")
STEP = timedelta(minutes=15)
START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=371)


def mails_of(zone_at, hour, is_down=lambda _: False):
    """What a schedule sends over a year: by week, the moment at which it found the mail due first."""
    sent, now = {}, START
    while now < START + YEAR:
        monday = None if is_down(now) else monday_of(now, zone_at(now), hour, START - YEAR)
        if monday is not None:
            sent.setdefault(week_name(monday), now)
        now += STEP
    return sent


@pytest.mark.parametrize("zone", ZONES)
def test_once_a_week_at_the_local_hour_over_a_year(zone):
    """Every Monday of the year, within a quarter of an hour of 8:00 by the clock on the wall, also on days that the clock changes."""
    sent = mails_of(lambda _: ZoneInfo(zone), 8)
    local = [moment.astimezone(ZoneInfo(zone)) for moment in sent.values()]
    assert {(one.weekday(), one.hour, one.minute // 15) for one in local} == {(0, 8, 0)}
    assert [monday_named(week) for week in sent] == [one.date() for one in local]
    gaps = {(after.date() - before.date()).days for before, after in pairwise(local)}
    assert (len(sent), gaps) == (53, {7})


def test_a_change_of_zone_neither_repeats_nor_skips_a_week():
    """Of someone who travels in the middle of any week, or on a Monday after the mail."""
    pick = random.Random(24)
    zones = [ZoneInfo(pick.choice(ZONES)) for _ in range(60)]

    def zone_at(now: datetime) -> ZoneInfo:
        return zones[(now - START + timedelta(days=1)).days // 7]  # the weeks of 2026 that begin on Wednesdays, in UTC

    sent = mails_of(zone_at, 8)
    assert sorted(sent) == sorted({week_name(date(2026, 1, 5) + timedelta(weeks=n)) for n in range(53)})
    assert {moment.astimezone(zone_at(moment)).weekday() for moment in sent.values()} == {0}


@pytest.mark.parametrize(
    ("moment", "former", "zone", "monday"),
    [
        ("2026-11-30T07:00", "Pacific/Honolulu", "Pacific/Auckland", "2026-11-30"),
        ("2026-11-30T20:00", "Pacific/Honolulu", "Asia/Kolkata", "2026-11-30"),
        ("2026-11-29T23:30", "Pacific/Pago_Pago", "Pacific/Kiritimati", "2026-11-30"),
        ("2026-11-30T07:00", "Pacific/Auckland", "Pacific/Honolulu", None),
        ("2026-11-30T07:00", "Pacific/Honolulu", "America/New_York", None),
        ("2026-12-01T07:00", "Pacific/Honolulu", "Pacific/Auckland", None),
    ],
)
def test_a_monday_is_left_behind_by_moving_east(moment, former, zone, monday):
    """Where it was not over by the former clock and is by the new one; for a day."""
    at = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(former))
    found = monday_left_behind(at, at, ZoneInfo(former), ZoneInfo(zone))
    assert (str(found) if found else None) == monday
    assert monday_left_behind(at + GIVE_UP_AFTER, at, ZoneInfo(former), ZoneInfo(zone)) is None


def test_a_schedule_that_was_down_sends_late_on_the_same_day_or_not_at_all():
    """Until midnight by the rep's clock, not on Thursday."""
    zone = ZoneInfo("Pacific/Chatham")
    down = (datetime(2026, 3, 9, 6, tzinfo=zone), datetime(2026, 3, 9, 21, tzinfo=zone))
    assert mails_of(lambda _: zone, 8, lambda now: down[0] <= now < down[1])["2026-W11"] == down[1]
    whole = (down[0], datetime(2026, 3, 12, 9, tzinfo=zone))
    assert "2026-W11" not in mails_of(lambda _: zone, 8, lambda now: whole[0] <= now < whole[1])


def test_who_joins_on_a_monday_is_mailed_a_week_later():
    zone, joined = ZoneInfo("Asia/Kolkata"), datetime(2026, 3, 9, 8, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert monday_of(joined + timedelta(hours=1), zone, 8, joined) is None
    assert monday_of(joined + timedelta(hours=1), zone, 8, joined - timedelta(seconds=1)) == date(2026, 3, 9)
    assert monday_of(joined + timedelta(days=7), zone, 8, joined) == date(2026, 3, 16)


def test_tries_end_after_a_day():
    now, attempts = START, 0
    while (due := next_try(attempts := attempts + 1, START, now)) is not None:
        assert due - now == RETRIES[min(attempts, len(RETRIES)) - 1]
        now = due
    assert now - START <= GIVE_UP_AFTER < now - START + RETRIES[-1]


def test_the_text_has_every_number_with_its_page_and_no_foreign_markup():
    """Names of the company, teams, stages and sources are text from others."""
    hostile = 'Evil <img src=x onerror="a()">\r\nBcc: all@x.example\u2028'
    period = Period(date(2026, 11, 23), date(2026, 11, 30))
    empty = {one.report: Figure(of=0) for one in FIGURES}
    now = empty | {"leads-added": Figure(count=1), "won": Figure(count=3), "sales": Figure(amount=12_400_00)}
    now["response-time"] = Figure(count=2, of=12, median_ms=125_000)
    rows = rows_of(now, empty, period=period, currency="EUR", filters={Group.TEAM: "t&1"})
    assert [(row.value, row.before) for row in rows] == [
        ("1", "0"), ("3", "0"), ("0", "0"), ("€12,400", "–"), ("2 of 12", "–"), ("2 min 5 s", "–"),
    ]  # fmt: skip
    assert rows[1].path == "/reports/won/records?period=2026-11-23..2026-11-30&team=t%261"
    line = WeeklyLine(hostile, "/leads?list=going_cold", hostile)
    content = WeeklyContent(company=hostile, period=period, sections=[WeeklySection(hostile, rows)], warnings=[line], actions=[line])
    assert subject_of(content) == "Last week: 1 lead added, 3 won"
    text, page = plain(content, "https://crm.example"), html(content, "https://crm.example")
    assert "<img" not in page
    assert not any(line.startswith("Bcc") for line in text.splitlines())
    for row in rows:
        assert f"https://crm.example{row.path}" in text
        assert row.path.replace("&", "&amp;") in page
    assert "23 November to 29 November 2026" in text
    assert "https://crm.example/settings/me#weekly" in text
