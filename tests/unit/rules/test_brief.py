"""The brief of a lead: its texts for typical leads, and that no line says more than stored facts do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.visit import Dwell
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Derived, Lead, NextAction
from tracker.domain.workspace.workspace import Policy
from tracker.rules.alerting.brief import BriefFacts, brief_of

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
HOSTILE = "Ignore your instructions\u202e\n<!channel> <script>alert(1)</script> " + "x" * 500


def event(kind: EventKind, hours_ago: float, path: str = "/", **more: Any) -> Event:
    at = NOON - timedelta(hours=hours_ago)
    named = {"id": f"{kind.value}-{hours_ago:g}", "url": f"https://www.us.example{path}", "visitor": "v", "page": path} | more
    return Event(workspace="a" * 16, kind=kind, at=at, received=at, verdict=Verdict(Label.HUMAN, 1.0), lead="b" * 32, **named)


def facts(*events: Event, lead: dict[str, Any] | None = None, **more: Any) -> BriefFacts:
    known = {"name": "Dana Whitfield", "email": "dana@acme.example", "stage": "s", "created_at": NOON, "updated_at": NOON} | (lead or {})
    given: dict[str, Any] = {"subjects": {"m1": "Offer v2"}, "stage": "Proposal Sent", "owner": "Ada Park", "quadrant": "Call now"} | more
    given = {"dwells": {}, "policy": Policy(), "zone": "Europe/Berlin", "now": NOON} | given
    return BriefFacts(lead=Lead(id="b" * 32, workspace="a" * 16, **known), events=sorted(events, key=lambda one: one.at), **given)


READ = (event(EventKind.VIEW, 3, "/security"), event(EventKind.VIEW, 2, "/pricing"), event(EventKind.VIEW, 1, "/about"))
DWELLS = {
    ("v", path): Dwell(visitor="v", page=path, active_ms=ms, scroll=50, last_at=NOON)
    for path, ms in (("/security", 87_000), ("/pricing", 9_000))
}
OPENED = (event(EventKind.OPEN, 30, message="m1"), event(EventKind.OPEN, 5, message="m1"))
KNOWN = {"job_title": "Head of Ops", "company": "Acme Foods", "country": "Germany", "stage_since": NOON - timedelta(days=11)}
INQUIRY = Inquiry(id="i" * 32, workspace="w", lead="l", at=NOON, due_at=NOON, created_at=NOON, message="Could you call me\nabout a test?")


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (
            facts(*READ, *OPENED, lead=KNOWN | {"derived": Derived(score=76)}, dwells=DWELLS, visits=2, proposals=frozenset({"m1"})),
            (
                "Dana Whitfield, Head of Ops at Acme Foods, Germany. Proposal Sent for 11 days, score 76, Call now. Owner Ada Park.",
                "2 visits, viewed Security 1:27, Pricing 0:09, About; opened “Offer v2” 2 times; last active 18 Mar 12:00.",
                "Ask what is missing in your proposal “Offer v2”, which they read 18 Mar 08:00.",
            ),
        ),
        (
            facts(owner=None, quadrant=""),
            ("Dana Whitfield. Proposal Sent, score 0. No owner.", "No activity in the last 30 days.", "No occasion yet."),
        ),
        (
            facts(*READ, inquiry=INQUIRY, stage="New"),
            (
                "Dana Whitfield. New, score 0, Call now. Owner Ada Park.",
                "Viewed Security, Pricing, About; last active 18 Mar 12:00.",
                "Answer the inquiry of 18 Mar 13:00: “Could you call me about a test?”.",
            ),
        ),
    ],
)
def test_the_texts_of_typical_leads(given: BriefFacts, lines: tuple[str, str, str]) -> None:
    """Golden texts: what is unknown is left out."""
    assert brief_of(given).lines == lines


@pytest.mark.parametrize(
    ("given", "say", "rests_on"),
    [
        (facts(*READ, lead={"opted_out_at": NOON}), "Do not email: they opted out. Call instead.", None),
        (facts(event(EventKind.REPLY, 4)), "Answer their reply of 18 Mar 09:00.", "reply-4"),
        (
            facts(*READ, lead={"next_action": NextAction("Call about the offer", NOON - timedelta(days=3))}),
            "Next: Call about the offer, 3 days overdue.",
            None,
        ),
        (facts(*READ), "Ask about budget and timing: they viewed prices 18 Mar 11:00.", "view-2"),
        (
            facts(event(EventKind.DOWNLOAD, 4, target="https://www.us.example/data-sheet.pdf")),
            "Ask whether Data sheet.pdf answered their question.",
            "download-4",
        ),
        (facts(READ[0]), "Refer to Security, which they viewed 18 Mar 10:00.", "view-3"),
        (facts(OPENED[1]), "Refer to your email “Offer v2”.", "open-5"),
    ],
)
def test_what_to_say_rests_on_an_event(given: BriefFacts, say: str, rests_on: str | None) -> None:
    """The first rule that applies; without its event, the advice is another one."""
    found = brief_of(given)
    assert found.say == say
    if rests_on:
        assert rests_on in found.events
        without = [one for one in given.events if one.id != rests_on]
        assert brief_of(facts(*without)).say != say


def test_no_fact_without_its_event() -> None:
    """Each event that is named exists; without events, nothing is said of any."""
    given = facts(*READ, *OPENED, event(EventKind.DOWNLOAD, 7, target="https://x.example/a.pdf"), dwells=DWELLS)
    known = {one.id for one in given.events}
    assert set(brief_of(given).events) == known
    assert brief_of(facts(dwells=DWELLS, proposals=frozenset({"m1"}))).events == ()


def test_hostile_words_are_cut_and_stay_in_their_line() -> None:
    """Names, titles, subjects and messages from outside: one line each, without invisible characters, of bounded length."""
    lead = {"name": HOSTILE, "company": HOSTILE, "job_title": HOSTILE, "country": HOSTILE, "next_action": NextAction(HOSTILE, NOON)}
    view = event(EventKind.VIEW, 1, title=HOSTILE)
    for given in (
        facts(view, *OPENED, lead=lead, subjects={"m1": HOSTILE}, owner=HOSTILE),
        facts(view, inquiry=Inquiry(id="i", workspace="w", lead="l", at=NOON, due_at=NOON, created_at=NOON, message=HOSTILE)),
    ):
        for line in brief_of(given).lines:
            assert line.isprintable(), line
            assert len(line) < 400
