"""The timeline: newest first by day, visits as one entry, automatic requests folded; event sentences and dates."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.form import FormKind
from tracker.domain.activity.visit import Visit, VisitAct, VisitPage
from tracker.domain.mail.message import Link, Message, MessageState, Reaction
from tracker.domain.mail.tracking import Tracking
from tracker.domain.pipeline.move import Move
from tracker.domain.team.rep import Rep
from tracker.web.console.pages.lead.log.timeline import TimelineContext, days_of
from tracker.web.console.pages.lead.log.visit_card import card_of
from tracker.web.console.text.dates import due, heading, is_overdue, local_clock, parse_due
from tracker.web.console.text.event_text import EventNames, sentence_of
from tracker.web.console.text.mail.status_text import status_of

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HUMAN = Verdict(Label.HUMAN, 0.9)
OFFER = Message(
    id="m", workspace="w", lead="l", rep="r", subject="Offer v2", html="", source_html="", state=MessageState.SENT, created_at=NOW, sent_at=NOW,
    links=(Link(index=0, url="https://acme.test/pricing", tracked_url="https://e.test/c/x", label="Pricing"),),
)  # fmt: skip
PRIYA = Rep(id="r", workspace="w", email="p@w.test", name="Priya Nair", created_at=NOW)
KNOWN = EventNames(messages={"m": OFFER}, shares={}, reps={"r": PRIYA})


def event(kind: EventKind, minutes_ago: float = 0, verdict: Verdict = HUMAN, **more) -> Event:
    """An event of the lead, that long before now."""
    at = NOW - timedelta(minutes=minutes_ago)
    return Event(id=more.pop("id", f"{kind}{minutes_ago}"), workspace="w", kind=kind, at=at, received=at, verdict=verdict, lead="l", **more)


def around(*visits, visit_of=None, moves=()) -> TimelineContext:
    """The context of a test's events."""
    return TimelineContext(visits=visits, visit_of=visit_of or {}, moves=moves, names=KNOWN)


@pytest.mark.parametrize(
    ("happened", "text"),
    [
        (event(EventKind.SENT, message="m", rep="r"), "Priya Nair sent “Offer v2”"),
        (event(EventKind.SENT, message="m"), "“Offer v2” was sent"),
        (event(EventKind.OPEN, message="m"), "Opened “Offer v2”"),
        (event(EventKind.CLICK, message="m", link=0, url="https://acme.test/pricing"), "Clicked Pricing in “Offer v2”"),
        (event(EventKind.CLICK, message="gone", url="https://acme.test/how-we-work"), "Clicked How we work in an email"),
        (event(EventKind.CLICK, target="https://linkedin.com/x"), "Followed a link to linkedin.com"),
        (event(EventKind.SUBMIT, url="https://acme.test/contact"), "Sent the form on Contact"),
        (event(EventKind.SUBMIT, url="https://acme.test/contact", form_kind=FormKind.INQUIRY), "Sent the form on Contact"),
        (event(EventKind.SUBMIT, form_kind=FormKind.SIGN_IN), "Signed in"),
        (event(EventKind.SUBMIT, form_kind=FormKind.SEARCH), "Searched"),
        (event(EventKind.SUBMIT, form_kind=FormKind.NEWSLETTER), "Subscribed to the newsletter"),
        (event(EventKind.SUBMIT, form_kind=FormKind.OFF), "Sent a form"),
        (event(EventKind.DOWNLOAD, target="https://acme.test/a/guide.pdf"), "Downloaded guide.pdf"),
        (event(EventKind.CALL, rep="r"), "Priya Nair had a call"),
        (event(EventKind.BOUNCE, message="m"), "“Offer v2” bounced"),
    ],
)
def test_every_event_is_a_sentence(happened, text):
    """The page shows no codes and no ids."""
    assert text == sentence_of(happened, KNOWN)


def test_the_reader_is_called_you():
    """Own actions start with `You`."""
    assert sentence_of(event(EventKind.CALL, rep="r"), known_by(me="r")) == "You had a call"


def known_by(me: str) -> EventNames:
    """The known names as that rep sees them."""
    return EventNames(messages=KNOWN.messages, shares={}, reps=KNOWN.reps, me=me)


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({}, "Sent"),
        ({"reaction": Reaction(opened_at=NOW)}, "Opened"),
        ({"reaction": Reaction(opened_at=NOW, clicked_at=NOW)}, "Clicked"),
        ({"reaction": Reaction(machine_at=NOW, machine_name="Apple Mail")}, "Unknown (Apple Mail loads images automatically)"),
        ({"reaction": Reaction(machine_at=NOW)}, "Delivered"),
        ({"state": MessageState.BOUNCED}, "Bounced"),
        ({"state": MessageState.FAILED, "error": "550"}, "Not sent"),
        ({"state": MessageState.DRAFT}, "Draft"),
        ({"track": False}, "Sent"),
    ],
)
def test_status_words_claim_only_what_is_known(change, label):
    """An automatic image load is no open; a missing open is never called unread."""
    status = status_of(msgspec.structs.replace(OFFER, **change))
    assert label == status.label
    assert "not opened" not in f"{status.label} {status.note}".lower()


def test_silence_is_no_open_seen():
    """A sent message without events says what was not seen, and what is not tracked; older messages by `track`."""
    assert status_of(OFFER).note == "No open seen."
    assert status_of(msgspec.structs.replace(OFFER, tracking=Tracking.LINKS)).note == "No click seen. Opens are not tracked."
    assert status_of(msgspec.structs.replace(OFFER, track=False)).note == "Sent without tracking."
    assert status_of(msgspec.structs.replace(OFFER, track=False, tracking=Tracking.OFF)).note == "Sent without tracking."


def test_pages_of_a_visit_are_one_entry_and_days_have_headings():
    """A visit of three pages is one entry under its day heading."""
    pages = tuple(
        VisitPage(
            event=f"v{i}",
            page=f"p{i}",
            url=f"https://acme.test/{i}",
            title=f"Page {i}",
            at=NOW - timedelta(minutes=9 - i),
            active_ms=20_000,
        )
        for i in range(3)
    )
    act = VisitAct(event="a", kind="submit", at=NOW - timedelta(minutes=7), page="p2", url=None, fields={"email": "d@x.test"})
    visit = Visit(
        id="x", workspace="w", visitor="b", lead="l", started_at=pages[0].at, ended_at=NOW, pages=pages, acts=(act,), message="m", click="c"
    )
    events = [event(EventKind.VIEW, 9 - i, id=f"v{i}") for i in range(3)] + [
        event(EventKind.SUBMIT, 7, id="a"),
        event(EventKind.SENT, 60 * 24, message="m"),
    ]
    days = days_of(events, around(card_of(visit, KNOWN.messages), visit_of=dict.fromkeys(("v0", "v1", "v2", "a"), "x")), UTC, NOW)
    assert [d.heading for d in days] == ["Today", "Yesterday"]
    (entry,) = days[0].entries
    assert entry.visit is not None
    assert entry.visit.origin == "from “Offer v2”"
    assert [p.name for p in entry.visit.pages] == ["Page 0", "Page 1", "Page 2"]
    assert entry.visit.pages[2].acts[0].fields == (("email", "d@x.test"),)
    assert days[1].entries[0].status is not None


def test_automatic_requests_fold_with_their_reason():
    """Three loads by Apple Mail are one line with the reason."""
    machine = Verdict(Label.PREFETCH, 0.9, ("apple_privacy_proxy",))
    events = [event(EventKind.OPEN, n, machine, message="m") for n in (1, 2, 3)] + [event(EventKind.OPEN, 4, message="m")]
    (day,) = days_of(events, around(), UTC, NOW)
    assert day.entries[0].text == "3 automatic requests: loaded automatically by Apple Mail"
    assert len(day.entries[0].folded) == 3
    assert day.entries[1].text == "Opened “Offer v2”"


def test_an_automatic_request_has_its_reasons_and_can_be_corrected():
    """Each request inside the fold says why it does not count, and offers other causes."""
    machine = Verdict(Label.SCANNER, 0.9, ("burst", "cloud_early"))
    (day,) = days_of([event(EventKind.CLICK, 1, machine, message="m", id="c")], around(), UTC, NOW)
    (entry,) = day.entries[0].folded
    assert entry.reasons == (
        "Several links were followed faster than a person can click.",
        "It came from a data centre within ten minutes after the email was sent.",
    )
    assert entry.cause is not None
    assert [value for value, _ in entry.cause.choices] == ["person", "machine", "me"]


def test_an_unsure_event_stands_alone_as_not_confirmed():
    """It is neither an act of the lead nor folded with automatic requests."""
    unsure = Verdict(Label.UNSURE, 0.5, ("no_page_view",))
    (day,) = days_of([event(EventKind.CLICK, 1, unsure, message="m")], around(), UTC, NOW)
    (entry,) = day.entries
    assert (entry.is_unconfirmed, entry.reasons, entry.folded) == (True, ("The page was never shown.",), ())


def test_a_corrected_event_says_so_and_offers_the_other_causes():
    """What was recorded has no menu, because its cause is no guess."""
    said = event(EventKind.OPEN, 1, message="m", correction="person")
    (day,) = days_of([said, event(EventKind.CALL, 2, rep="r")], around(), UTC, NOW)
    first, second = day.entries
    assert first.cause is not None
    assert (first.cause.said, [value for value, _ in first.cause.choices]) == ("Your team set the cause: a person.", ["machine", "me"])
    assert second.cause is None


def test_moves_appear_between_events_with_their_reason():
    """A move shows its reason in the timeline."""
    move = Move(id="1", workspace="w", lead="l", before="New", stage="Lost", at=NOW, actor="r", reason="Too dear")
    (day,) = days_of([], around(moves=(move,)), UTC, NOW)
    assert (day.entries[0].text, day.entries[0].note) == ("Moved to Lost, by Priya Nair", "Too dear")


def test_a_long_gap_between_pages_is_away():
    """A gap of 130 seconds is shown; three seconds are not."""
    first = VisitPage(event="1", page="1", url="https://a.test/", title=None, at=NOW, active_ms=10_000)
    pages = (
        first,
        msgspec.structs.replace(first, event="2", page="2", at=NOW + timedelta(seconds=13)),
        msgspec.structs.replace(first, event="3", page="3", at=NOW + timedelta(seconds=153)),
    )
    visit = Visit(id="x", workspace="w", visitor="b", lead="l", started_at=NOW, ended_at=NOW, pages=pages)
    assert [p.away_ms for p in card_of(visit, {}).pages] == [0, 0, 130_000]


def test_days_and_dues_are_of_the_reps_zone():
    """Late evening in Berlin is tomorrow in Auckland."""
    evening = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
    assert heading(evening, ZoneInfo("Pacific/Auckland"), NOW) == "Today"
    assert heading(datetime(2025, 11, 13, tzinfo=UTC), UTC, NOW) == "Thursday 13 November 2025"
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    assert (due(midnight, UTC, NOW), is_overdue(midnight, UTC, NOW)) == ("today", False)
    assert due(NOW + timedelta(days=1), UTC, NOW) == "tomorrow 15:00"
    assert (due(NOW - timedelta(days=3), UTC, NOW), is_overdue(NOW - timedelta(days=3), UTC, NOW)) == ("3 days overdue", True)
    assert parse_due("2026-11-23", ZoneInfo("Europe/Berlin")) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert local_clock("Europe/Berlin", NOW) == "16:00"
    assert local_clock("Mars/Base", NOW) is None
