"""Triggers of custom rules: which addresses and labels fit."""

import pytest

from tests.unit.rules.test_alerting import step, view
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.custom_rule import RuleContent, RulePriority, RuleTrigger
from tracker.rules.alerting.custom.triggers import TriggerFacts, fits
from tracker.rules.page_paths import is_page


@pytest.mark.parametrize(
    ("pattern", "url", "expected"),
    [
        ("/pricing", "https://www.acme.example/pricing", True),
        ("/pricing", "https://www.acme.example/en/Pricing.html?plan=2", True),
        ("/pricing", "https://www.acme.example/pricing/team", True),
        ("/pricing", "https://www.acme.example/pricing-policy", False),
        ("/docs/*/install", "https://www.acme.example/docs/v2/install/", True),
        ("/docs/*", "https://www.acme.example/docs", False),
        ("/a[b]?", "https://www.acme.example/ab", False),
        ("*", None, True),
        ("blog.acme.example/*", "https://blog.acme.example/2027/news", True),
        ("blog.acme.example/*", "https://www.acme.example/2027/news", False),
        ("*.acme.example", "https://blog.acme.example/", True),
        ("https://blog.acme.example", "https://blog.acme.example/x", True),
        ("blog.acme.example", "javascript:alert(1)", False),
    ],
)
def test_the_address_of_a_page(pattern: str, url: str | None, *, expected: bool):
    """A path covers all below it; `*` stands for anything, and other signs for themselves; a host may come first."""
    assert is_page(url, pattern) is expected


def test_the_label_of_a_link():
    """Of mail by the message's links, of a site by what stands on the button; without case, in any part."""
    wanted = RuleContent(priority=RulePriority.LOUD, trigger=RuleTrigger.LINK, text="book a  DEMO")
    facts = TriggerFacts({("m1", 2): "Book a demo now", ("s1", 0): "Book a demo"})
    mail = step(EventKind.CLICK, 0, message="m1", link=2)
    assert [fits(wanted, event, facts) for event in (
        mail,
        step(EventKind.CLICK, 0, message="m1", link=1),
        step(EventKind.CLICK, 0, message=None, share="s1", link=7),
        step(EventKind.CLICK, 0, text="Book a demo"),
        view(0, "/book-a-demo"),
    )] == [True, False, True, True, False]  # fmt: skip
