"""Words and numbers of automatic traffic."""

import pytest

from tests.scenes import CHROME
from tracker.rules.automatic_traffic import TrafficCause, TrafficKind, TrafficSummary
from tracker.web.console.text.reason_text import reason_text
from tracker.web.console.text.traffic_text import CAUSES, KINDS, ReasonRow, program_text, reason_rows, says, share_text, traffic_rows


def test_every_cause_and_kind_has_words() -> None:
    """A new one needs a row of the table."""
    assert set(CAUSES) == set(TrafficCause)
    assert set(KINDS) == set(TrafficKind)


def test_the_last_row_is_the_sum() -> None:
    """Shares are of all requests, people's included."""
    counts = {kind: {cause: number for number, cause in enumerate(TrafficCause)} for kind in TrafficKind}
    rows = traffic_rows(TrafficSummary(counts, (), (), ()))
    assert [(row.label, row.numbers, row.total, row.share) for row in rows] == [
        ("People", (0, 0, 0), 0, "0 %"),
        ("Automatic", (1, 1, 1), 3, "10 %"),
        ("Not confirmed", (4, 4, 4), 12, "40 %"),
        ("Your team", (2, 2, 2), 6, "20 %"),
        ("Repeated", (3, 3, 3), 9, "30 %"),
        ("All", (10, 10, 10), 30, "100 %"),
    ]


@pytest.mark.parametrize(("part", "whole", "text"), [(0, 0, "–"), (0, 9, "0 %"), (1, 1000, "<1 %"), (2, 3, "67 %")])
def test_shares_are_rounded(part: int, whole: int, text: str) -> None:
    """What is there is never 0 %."""
    assert share_text(part, whole) == text


def test_reasons_with_one_sentence_are_one_row() -> None:
    """A name without a sentence of its own means a robot, whose filter finds them all."""
    rows = reason_rows([("burst", 4), ("names_itself_robot", 3), ("robot_agent", 2)])
    assert rows == [ReasonRow("robot_agent", reason_text("robot_agent"), 5), ReasonRow("burst", reason_text("burst"), 4)]
    assert [says(rows[0].text)(name) for name in ("robot_agent", "names_itself_robot", "burst")] == [True, True, False]


def test_programs_are_named_shortly() -> None:
    """A browser by name and system, another program by the beginning of its agent."""
    assert program_text(CHROME) == "Chrome on Windows"
    assert program_text("BarracudaSentinel (EE)") == "BarracudaSentinel (EE)"
    assert program_text(" ") == "No program named"
    assert program_text("bot/" + "x" * 200) == "bot/" + "x" * 75 + "…"
