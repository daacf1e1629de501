"""The timeline tells what happened as a colleague would: newest first, by day, visits as one, machines folded."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.visit import Visit, VisitAct, VisitPage
from tracker.domain.mail.message import Link, Message, MessageState, Reaction
from tracker.domain.pipeline.move import Move
from tracker.domain.team.rep import Rep
from tracker.web.console.pages.lead.timeline import Around, days_of
from tracker.web.console.pages.lead.visit_card import card_of
from tracker.web.console.text.dates import due, heading, is_late, local_clock, parse_due
from tracker.web.console.text.event_text import Known, sentence_of
from tracker.web.console.text.status_text import status_of

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HUMAN = Verdict(Label.HUMAN, 0.9)
OFFER = Message(
    id="m", workspace="w", lead="l", rep="r", subject="Offer v2", html="", source_html="", state=MessageState.SENT, created_at=NOW, sent_at=NOW,
    links=(Link(index=0, url="https://acme.test/pricing", tracked_url="https://e.test/c/x", label="Pricing"),),
)  # fmt: skip
PRIYA = Rep(id="r", workspace="w", email="p@w.test", name="Priya Nair", created_at=NOW)
KNOWN = Known(messages={"m": OFFER}, shares={}, reps={"r": PRIYA})


def event(kind: EventKind, minutes_ago: float = 0, verdict: Verdict = HUMAN, **more) -> Event:
    """An event of the lead, that long before now."""
    at = NOW - timedelta(minutes=minutes_ago)
    return Event(id=more.pop("id", f"{kind}{minutes_ago}"), workspace="w", kind=kind, at=at, received=at, verdict=verdict, lead="l", **more)


def around(*visits, visit_of=None, moves=()) -> Around:
    """What stands around the events of a test."""
    return Around(visits=visits, visit_of=visit_of or {}, moves=moves, known=KNOWN)


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        (event(EventKind.SENT, message="m", rep="r"), "Priya Nair sent “Offer v2”"),
        (event(EventKind.SENT, message="m"), "“Offer v2” was sent"),
        (event(EventKind.OPEN, message="m"), "Opened “Offer v2”"),
        (event(EventKind.CLICK, message="m", link=0, url="https://acme.test/pricing"), "Clicked Pricing in “Offer v2”"),
        (event(EventKind.CLICK, message="gone", url="https://acme.test/how-we-work"), "Clicked How we work in a mail"),
        (event(EventKind.CLICK, target="https://linkedin.com/x"), "Went on to linkedin.com"),
        (event(EventKind.SUBMIT, url="https://acme.test/contact"), "Sent the form on Contact"),
        (event(EventKind.DOWNLOAD, target="https://acme.test/a/guide.pdf"), "Downloaded guide.pdf"),
        (event(EventKind.CALL, rep="r"), "Priya Nair had a call"),
        (event(EventKind.BOUNCE, message="m"), "“Offer v2” came back"),
    ],
)
def test_every_event_is_a_sentence(happened, words):
    """No codes and no ids on the screen."""
    assert words == sentence_of(happened, KNOWN)


def test_the_reader_is_called_you():
    """What I did myself is told to me as such."""
    assert sentence_of(event(EventKind.CALL, rep="r"), known_by(me="r")) == "You had a call"


def known_by(me: str) -> Known:
    """The known names as that rep sees them."""
    return Known(messages=KNOWN.messages, shares={}, reps=KNOWN.reps, me=me)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "Sent"),
        ({"reaction": Reaction(opened_at=NOW)}, "Opened"),
        ({"reaction": Reaction(opened_at=NOW, clicked_at=NOW)}, "Clicked"),
        ({"reaction": Reaction(machine_at=NOW, machine_name="Apple Mail")}, "Can't tell (Apple Mail loads pictures by itself)"),
        ({"reaction": Reaction(machine_at=NOW)}, "Delivered"),
        ({"state": MessageState.BOUNCED}, "Came back"),
        ({"state": MessageState.FAILED, "error": "550"}, "Not sent"),
        ({"state": MessageState.DRAFT}, "Draft"),
        ({"track": False}, "Sent"),
    ],
)
def test_status_words_claim_only_what_is_known(change, word):
    """A picture that a program loaded is no open; silence is never called unread."""
    status = status_of(msgspec.structs.replace(OFFER, **change))
    assert word == status.word
    assert "not opened" not in f"{status.word} {status.note}".lower()


def test_silence_is_no_open_seen():
    """We saw no open: that is all that can be said."""
    assert status_of(OFFER).note == "No open seen."


def test_pages_of_a_visit_are_one_entry_and_days_have_headings():
    """A visit of three pages is one line; the day stands over it."""
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
    assert entry.visit.came == "from “Offer v2”"
    assert [p.name for p in entry.visit.pages] == ["Page 0", "Page 1", "Page 2"]
    assert entry.visit.pages[2].acts[0].fields == (("email", "d@x.test"),)
    assert days[1].entries[0].status is not None


def test_machine_events_fold_with_their_reason():
    """Three loads by Apple Mail are one quiet line that says so."""
    machine = Verdict(Label.PREFETCH, 0.9, ("apple_privacy_proxy",))
    events = [event(EventKind.OPEN, n, machine, message="m") for n in (1, 2, 3)] + [event(EventKind.OPEN, 4, message="m")]
    (day,) = days_of(events, around(), UTC, NOW)
    assert day.entries[0].text == "3 machine events: Apple Mail loaded pictures by itself"
    assert len(day.entries[0].folded) == 3
    assert day.entries[1].text == "Opened “Offer v2”"


def test_moves_stand_between_events_with_their_reason():
    """Why the lead was lost is read where it happened."""
    move = Move(id="1", workspace="w", lead="l", before="New", stage="Lost", at=NOW, actor="r", reason="Too dear")
    (day,) = days_of([], around(moves=(move,)), UTC, NOW)
    assert (day.entries[0].text, day.entries[0].note) == ("Moved to Lost, by Priya Nair", "Too dear")


def test_long_silence_between_pages_is_away():
    """Two minutes and ten seconds without a sign of life show as a gap; three seconds do not."""
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
    assert (due(midnight, UTC, NOW), is_late(midnight, UTC, NOW)) == ("today", False)
    assert due(NOW + timedelta(days=1), UTC, NOW) == "tomorrow 15:00"
    assert (due(NOW - timedelta(days=3), UTC, NOW), is_late(NOW - timedelta(days=3), UTC, NOW)) == ("3 days late", True)
    assert parse_due("2026-11-23", ZoneInfo("Europe/Berlin")) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert local_clock("Europe/Berlin", NOW) == "16:00"
    assert local_clock("Mars/Base", NOW) is None
