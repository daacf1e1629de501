"""The page on alerts names every rule, in the order in which the rules apply."""

import re

from tests.project import ROOT
from tracker.domain.alerting.alert import AlertRule
from tracker.rules.alerting.rules import RULES


def test_every_alert_rule_is_documented() -> None:
    """docs/alerts.md has one name for each rule; those that decide are in the order of RULES."""
    table = "".join(line for line in (ROOT / "docs/alerts.md").read_text("utf-8").splitlines(keepends=True) if line.startswith("| `"))
    named = [name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert set(named) == {rule.value for rule in AlertRule}
    assert [name for name in named if name in {rule.rule.value for rule in RULES}] == [rule.rule.value for rule in RULES]
