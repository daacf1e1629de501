"""The text of notices."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from notifier.notice import UNOWNED, clean, compose, compose_digest, withdrawn_line
from tracker.domain.alerting.alert import AlertRule, AlertState, Priority, WithdrawnReason
from tracker.domain.leads.lead import Lead

from .test_routing import ALERT

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
LEAD = Lead(id="l" * 32, workspace="w", email="dana@acme.example", name="Dana Whitfield", company="Acme", created_at=NOW, updated_at=NOW)
PUBLIC = "https://leads.example.com"


def vary(**changes):
    return msgspec.structs.replace(ALERT, **changes)


def test_a_notice_has_the_title_of_the_alert_and_a_link_to_the_lead():
    """The first 45 characters come from the alert; the link is the console's ordinary page."""
    notice = compose(ALERT, LEAD, delivery="d", public_url=PUBLIC, now=NOW)

    assert notice.title == "Dana Whitfield (Acme) is on Pricing"
    assert notice.link == f"{PUBLIC}/leads/{LEAD.id}"
    assert notice.link_text == "Open Dana in Leadlight"
    assert notice.lines == ()
    assert not notice.quiet


def test_a_lead_without_owner_is_marked():
    """The team channel is asked to take the lead."""
    assert compose(vary(rep=None), LEAD, delivery="d", public_url=PUBLIC, now=NOW).lines == (UNOWNED,)


def test_a_test_is_marked_and_loud():
    """Also where its rule is quiet, and without a lead."""
    notice = compose(vary(rule=AlertRule.TEST, priority=Priority.QUIET, rep=None), None, delivery="d", public_url=PUBLIC, now=NOW)

    assert notice.title.startswith("Test: ")
    assert not notice.quiet
    assert notice.link == PUBLIC
    assert compose(vary(rule=AlertRule.TEST, title="Test alert"), None, delivery="d", public_url=PUBLIC, now=NOW).title == "Test alert"


def test_hostile_names_become_one_line_without_control_characters():
    """Control characters, line breaks and changes of direction are removed; the length is bounded."""
    text = clean("Da\u202ena\r\nBcc: x\x00\x1b[31m\u2028W\u200b" + "x" * 5000, 140)

    assert text.startswith("Dana Bcc: x [31m W")
    assert len(text) == 140
    assert not set(text) & set("\u202e\r\n\x00\x1b\u2028\u200b")


def test_a_digests_counts_add_up():
    """The counts cover all alerts, including those that are not listed."""
    rules = [AlertRule.CLICK] * 30 + [AlertRule.FORM] * 2 + [AlertRule.FIRST_OPEN] * 11
    alerts = [vary(id=str(n), lead=str(n % 7), rule=rule, title=f"Lead {n}") for n, rule in enumerate(rules)]
    notice = compose_digest(alerts, key=["b", "a"], at=NOW, public_url=PUBLIC)

    assert notice.title == "43 alerts from 7 leads"
    assert notice.text == "2 inquiries, 30 clicks, 11 first opens."
    assert notice.lines[:2] == ("Lead 30", "Lead 31")
    assert notice.lines[-1] == "and 23 more"
    assert notice.id == compose_digest(alerts, key=["a", "b"], at=NOW, public_url=PUBLIC).id


@pytest.mark.parametrize("rule", AlertRule)
def test_a_digest_may_hold_alerts_of_any_rule(rule):
    """Also of those that are about no lead, such as figures of reports."""
    alerts = [vary(id=str(n), rule=rule, lead="") for n in range(2)]
    notice = compose_digest(alerts, key=["a"], at=NOW, public_url=PUBLIC)
    assert (notice.title, notice.link) == ("2 alerts", f"{PUBLIC}/alerts")
    assert notice.text.startswith("2 ")


def test_an_alert_about_a_page_links_to_it():
    alert = vary(rule=AlertRule.FIGURE, lead="", path="/reports/won/records?period=2026-11-02..2026-11-30")
    assert compose(alert, None, delivery="d", public_url=PUBLIC, now=NOW).link == f"{PUBLIC}{alert.path}"


PAST = "Dana Whitfield (Acme) was on Pricing, 05:00"


def test_the_title_is_in_the_past_tense_once_the_visit_is_over():
    """A notice that is delivered late does not say that the lead is there now; nor does a digest."""
    alert = vary(past=PAST, active_until=NOW + timedelta(minutes=2))

    def title(minutes: int) -> str:
        return compose(alert, LEAD, delivery="d", public_url=PUBLIC, now=NOW + timedelta(minutes=minutes)).title

    assert [title(minutes) for minutes in (0, 7, 8)] == [alert.title, alert.title, PAST]
    assert compose_digest([alert], key=["a"], at=NOW + timedelta(hours=1), public_url=PUBLIC).lines == (PAST,)


def test_a_withdrawn_alert_says_so_and_why():
    """The old text would mislead; the reason replaces it."""
    alert = vary(past=PAST, state=AlertState.WITHDRAWN, withdrawn=WithdrawnReason.AUTOMATIC, text="First visit today.", rep=None)
    notice = compose(alert, LEAD, delivery="d", public_url=PUBLIC, now=NOW)

    assert (notice.title, notice.text, notice.lines) == (f"Withdrawn: {PAST}", "This was an automatic request, not a person.", ())
    assert withdrawn_line(alert) == f"Withdrawn since then: {PAST}. This was an automatic request, not a person."


@pytest.mark.parametrize("reason", [None, *WithdrawnReason])
def test_every_reason_has_a_text(reason: WithdrawnReason | None):
    """Also an alert that an older version withdrew."""
    assert compose(vary(state=AlertState.WITHDRAWN, withdrawn=reason), LEAD, delivery="d", public_url=PUBLIC, now=NOW).text.endswith(".")
