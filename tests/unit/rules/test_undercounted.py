"""Whether visits of a lead may be missing because a browser forgot its name."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.activity.visit import Visit
from tracker.rules.visits import may_be_undercounted

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
CHROME_ON_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def visit(agent: str, days: float, visitor: str = "one") -> Visit:
    at = NOW - timedelta(days=days)
    return Visit(id=f"{visitor}{days}", workspace="w", visitor=visitor, lead="l", started_at=at, ended_at=at, pages=(), agent=agent)


@pytest.mark.parametrize(
    ("visits", "may_be"),
    [
        ([], False),
        ([visit(MAC, 8)], True),
        ([visit(MAC, 6)], False),
        ([visit(CHROME_ON_IPHONE, 8)], True),
        ([visit(CHROME, 80), visit(FIREFOX, 80, "two")], False),
        ([visit(MAC, 1), visit(MAC, 80)], False),
        ([visit(CHROME, 1), visit(MAC, 80, "two")], True),
    ],
)
def test_safari_forgets_after_seven_days(visits: list[Visit], *, may_be: bool) -> None:
    """Each browser for itself, by its last visit."""
    assert may_be_undercounted(visits, NOW) is may_be
