"""docs/verdicts.md names what the rules have."""

import pytest

from tests.project import ROOT
from tracker.domain.activity.event import Label
from tracker.rules.verdicts.pages import PAGE_REASONS
from tracker.rules.verdicts.reasons import REASONS

PAGE = (ROOT / "docs" / "verdicts.md").read_text("utf-8")
NAMES = sorted({reason.name for reason in (*REASONS, *PAGE_REASONS)})


@pytest.mark.parametrize("name", [*NAMES, *Label])
def test_every_reason_and_label_is_documented(name: str) -> None:
    """A reason that the API returns can be looked up."""
    assert f"`{name}`" in PAGE
