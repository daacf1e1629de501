"""Several people of one company: who counts, whatever the order of events, and what the alert says."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.alerting.company import company_text, company_title, gatherings_of

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
DANA, TOM, EVE = ("dana", None), ("tom", None), ("dana", "other")


def seen(person, minute, label=Label.HUMAN, kind=EventKind.VIEW):
    """An event on the site."""
    at = NOON + timedelta(minutes=minute)
    key = f"{person[0]}{person[1]}{minute}{label.value}"
    return Event(
        id=key, workspace="w", kind=kind, at=at, received=at, verdict=Verdict(label=label, confidence=1.0), lead=person[0], reader=person[1]
    )


@pytest.mark.parametrize(
    ("events", "people"),
    [
        ([seen(DANA, 0), seen(DANA, 5)], None),
        ([seen(DANA, 0), seen(TOM, 29)], (DANA, TOM)),
        ([seen(DANA, 0), seen(TOM, 30)], None),
        ([seen(DANA, 0), seen(EVE, 1)], (DANA, EVE)),
        ([seen(DANA, 0), seen(TOM, 20), seen(EVE, 45)], (DANA, TOM, EVE)),
        ([seen(DANA, 0), seen(DANA, 20), seen(TOM, 45)], (DANA, TOM)),
        ([seen(EVE, 0), seen(DANA, 20), seen(DANA, 45), seen(TOM, 50)], (EVE, DANA, TOM)),
        ([seen(DANA, 0), seen(TOM, 5, Label.SCANNER)], None),
        ([seen(DANA, 0), seen(TOM, 5, Label.UNSURE), seen(TOM, 10)], (DANA, TOM)),
        ([seen(DANA, 0), seen(TOM, 5, kind=EventKind.OPEN)], None),
        ([seen(DANA, 0, kind=EventKind.SUBMIT), seen(TOM, 5, kind=EventKind.DOWNLOAD)], (DANA, TOM)),
    ],
)
def test_people_within_thirty_minutes_are_together(events, people):
    """Standing events on the site alone count; the order in which they are known does not."""
    for seed in range(4):
        shuffled = random.Random(seed).sample(events, len(events))
        found = gatherings_of(shuffled, UTC)
        assert [one.people for one in found] == ([people] if people else [])


def test_there_is_one_a_local_day():
    """The first of each; the day is that of the second person's coming, in the workspace's zone."""
    events = [seen(who, minute) for minute in (0, 300, 1440) for who in (DANA, TOM)]
    assert [(one.day, one.cause.at) for one in gatherings_of(events, UTC)] == [
        ("2026-11-18", NOON),
        ("2026-11-19", NOON + timedelta(days=1)),
    ]


def test_titles_and_texts():
    """Short enough for a lock screen, whatever the names."""
    names = {"dana": "Dana Whitfield", "tom": "Tom Reyes", "a": "A" * 90, "b": "Bo", "c": "Cy"}
    assert company_title("Acme Foods", [DANA, TOM, EVE]) == "3 people at Acme Foods are on your site"
    assert len(company_title("Acme Foods and Beverages of the North", [DANA, TOM])) <= 45
    assert company_title("Acme Foods", [DANA, TOM], past="14:02") == "2 people at Acme Fo… were on your site, 14:02"
    expected = "Dana Whitfield, Tom Reyes and a new visitor. “Offer v2” was probably forwarded."
    assert company_text([DANA, TOM, EVE], names, ["Offer v2"]) == expected
    assert company_text([DANA, EVE], names, []) == "Dana Whitfield and a new visitor."
    many = company_text([(key, None) for key in names], names, [])
    assert many.startswith("Dana Whitfield, Tom Reyes, AAAA")
    assert many.endswith("… and 2 more.")
    assert company_text([EVE, ("tom", "other")], names, ["A", "B"]) == "2 new visitors. “A” and “B” were probably forwarded."
