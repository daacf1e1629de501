"""What the bench makes of its measurements: medians, ratios of the same round, bars, the table."""

import pytest

from bench.figures import percentile, ratios, rounded, spread
from bench.load.requests import BODY_BYTES, collects
from bench.report import Bar, Row, table
from bench.targets.dataset import agents


def test_a_round_is_held_against_the_same_round_only():
    """A machine that slows down for one round slows both sides down, and the ratio stays."""
    assert ratios([50, 5, 500], [100, 10, 1000]) == [0.5, 0.5, 0.5]


def test_rounds_that_do_not_pair_are_no_ratio():
    """A round without its reference says nothing."""
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        ratios([1, 2], [1])


def test_a_spread_keeps_the_median_and_both_ends():
    """One round that went wrong moves an end, not the figure."""
    found = spread([10, 1_000, 12])

    assert (found.median, found.least, found.most) == (12, 10, 1_000)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_measured(share, expected):
    """p99 of a hundred answers is the ninety-ninth, not something between two."""
    assert expected == percentile(list(range(100, 0, -1)), share)


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0"), (0.123456, "0.12"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (12_345.6, "12,346")]
)
def test_numbers_are_written_with_the_digits_that_matter(value, expected):
    """Three significant digits are enough."""
    assert expected == rounded(value)


@pytest.mark.parametrize(("sense", "limit", "holds"), [("≥", 0.5, True), ("≥", 0.51, False), ("≤", 0.5, True), ("≤", 0.49, False)])
def test_a_bar_asks_for_the_median_of_the_ratios(sense, limit, holds):
    """Not for the best round, and not for the ratio of two medians."""
    row = Row(case="burst", what="x", unit="", values=[1, 5, 90], against="bare", reference=[10, 10, 100], bar=Bar(sense, limit))

    assert holds == row.holds


def test_a_row_says_in_its_cells_what_is_asked_and_whether_it_holds():
    """A reader of the table need not compute."""
    row = Row(case="burst", what="pixel", unit="requests/s", values=[800], against="bare", reference=[1_000], bar=Bar("≥", 0.7))

    assert row.cells() == ("burst", "pixel", "800", "requests/s", "bare", "0.80", "≥ 0.7 ×", "yes")
    assert row.as_json()["ratios"] == [0.8]


def test_the_table_is_markdown_with_one_width_a_column():
    """It goes into docs/performance.md as it is."""
    lines = table([("a", "long words"), ("b", "x")], head=("case", "what")).splitlines()

    assert len({len(line) for line in lines}) == 1
    assert lines[1].replace("-", "") == "|  |  |"


def test_a_beacon_has_the_six_hundred_bytes_it_is_measured_with():
    """The bar names a 600-byte body."""
    for request in collects("5e" * 8, 20):
        head, _, body = request.partition(b"\r\n\r\n")

        assert len(body) == BODY_BYTES
        assert f"Content-Length: {BODY_BYTES}".encode() in head


def test_two_thousand_agents_are_two_thousand():
    """The size of an event is measured with as many."""
    assert len(set(agents(2_000))) == 2_000
