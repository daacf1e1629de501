"""Warnings about figures: what is out of the usual range, and in which words."""

from datetime import date, timedelta

import pytest

from tracker.domain.workspace.stage import DEFAULT_STAGES
from tracker.rules.reports.records import Figure
from tracker.rules.reports.warnings.figures import REPORTS, Measured, periods_of, warnings_of
from tracker.rules.reports.warnings.usual_range import judged_count, judged_duration, judged_share

MONDAY = date(2026, 11, 30)
MINUTE = 60_000.0


@pytest.mark.parametrize(
    ("now", "before", "is_below"),
    [
        ((22, 100), [(41, 100)] * 12, True),
        ((13, 60), [(24, 60), (27, 60), (23, 60)] * 4, True),
        ((60, 100), [(41, 100)] * 12, False),
        ((36, 100), [(41, 100)] * 12, None),  # chance
        ((22, 100), [(20, 100), (60, 100)] * 6, None),  # it always varies that much
        ((1, 19), [(41, 100)] * 12, None),  # too few now
        ((1, 50), [(9, 19)] * 12, None),  # too few before
        ((1, 50), [(41, 100)] * 5 + [(0, 0)] * 7, None),  # no history
        ((96, 100), [(100, 100)] * 12, None),  # a small change of a share without any spread
        ((0, 100), [(41, 100)] * 11 + [(0, 100)], True),  # a single odd period widens nothing
    ],
)
def test_a_share_is_judged_by_spread_and_chance(now, before, is_below):
    found = judged_share(now, before)
    assert (found.is_below if found else None) is is_below


@pytest.mark.parametrize(
    ("now", "before", "is_below"),
    [
        (0, [20] * 12, True),
        (45, [20] * 12, False),
        (25, [20] * 12, None),
        (0, [6] * 12, None),  # so few that none is no news
        (30, [0] * 12, None),  # a new source
        (80, [20, 80, 30, 90] * 3, None),
    ],
)
def test_a_number_is_judged_by_spread_and_chance(now, before, is_below):
    found = judged_count(now, before)
    assert (found.is_below if found else None) is is_below


@pytest.mark.parametrize(
    ("now", "before", "is_below"),
    [
        ((60 * MINUTE, 30), [(4 * MINUTE, 30), (5 * MINUTE, 30)] * 6, False),
        ((1 * MINUTE, 30), [(4 * MINUTE, 30), (5 * MINUTE, 30)] * 6, True),
        ((8 * MINUTE, 30), [(4 * MINUTE, 30), (5 * MINUTE, 30)] * 6, None),
        ((60 * MINUTE, 9), [(4 * MINUTE, 30)] * 12, None),
        ((60 * MINUTE, 30), [(0.0, 0)] * 7 + [(4 * MINUTE, 30)] * 5, None),
    ],
)
def test_a_duration_is_judged_by_ratio(now, before, is_below):
    found = judged_duration(now, before)
    assert (found.is_below if found else None) is is_below
    assert found is None or found.middle == pytest.approx(4.5 * MINUTE, rel=0.2)


def test_each_figure_has_its_words_and_the_page_behind_it():
    """At most 45 characters, whatever stages and sources are called."""
    first, second, third = DEFAULT_STAGES[:3]
    lasting, normal = Figure(count=30, of=30, median_ms=90 * MINUTE), Figure(count=30, of=30, median_ms=4 * MINUTE)
    step, hostile = f"{second.id}>{third.id}", "<b>Ads</b> of a campaign with a very long name, and \n more"

    def measured(now, before, now_items, items):
        return Measured([], [now, *[before] * 12], [now_items, *[items] * 12])

    share = measured(Figure(), Figure(), {step: Figure(count=22, of=100)}, {step: Figure(count=41, of=100)})
    found = {
        "conversion": share,
        "won": measured(Figure(count=10), Figure(count=30), {}, {}),
        "lost": measured(Figure(count=90), Figure(count=30), {}, {}),
        "leads-added": measured(Figure(), Figure(), {None: Figure(count=30)}, {None: Figure(count=30), hostile: Figure(count=30)}),
        "response-time": measured(lasting, normal, {}, {}),
        "time-in-stage": measured(Figure(), Figure(), {first.id: lasting}, {first.id: normal}),
    }
    for report in REPORTS:
        periods = periods_of(report, MONDAY)
        found[report.name] = Measured(periods, found[report.name].totals, found[report.name].items)
        assert (len(periods), periods[0].end, periods[12].first) == (13, MONDAY, MONDAY - 13 * report.length)
    warnings = {one.figure: one for one in warnings_of(found, DEFAULT_STAGES)}
    assert [one.title for one in warnings.values()] == [
        f"{second.name} → {third.name} 22 %, was 41 %",
        "Win rate 10 %, was 50 %",
        "Response time 1 h 30 min, was 4 min 0 s",
        f"{first.name}: 1 h 30 min, was 4 min 0 s",
        "Leads from <b>Ads</b> of a…: 0, was 30",
    ]
    assert all(len(one.title) <= 45 for one in warnings.values())
    days = f"{MONDAY - timedelta(days=28)}..{MONDAY}"
    assert warnings[f"conversion:{step}"].path == f"/reports/conversion/records?period={days}&step={second.id}%3E{third.id}"
    assert warnings["win-rate"].path == f"/reports/lost/records?period={days}"
    assert f"Of 100 leads that came into {second.name} in 28 days, 22 came into {third.name}. Usually 29 % to 53 %." == (
        warnings[f"conversion:{step}"].text
    )
