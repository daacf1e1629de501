"""What persons did with a message: opens, and clicks by link, of the lead and of others."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.base.ids import new_id
from tracker.domain.activity.event import OTHER_READER, Event, EventKind, Label, Verdict
from tracker.rules.message_engagement import figures_of

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def event(kind: EventKind, minutes: int, label: Label = Label.HUMAN, **more: object) -> Event:
    at = NOON + timedelta(minutes=minutes)
    return Event(id=new_id(), workspace="w", kind=kind, at=at, received=at, verdict=Verdict(label, 1.0, ()), message="m", **more)  # type: ignore[arg-type]


def test_figures_by_link_newest_first() -> None:
    """Each click at its link; the lead and someone else are told apart."""
    figures = figures_of(
        [
            event(EventKind.CLICK, 3, link=1, reader=OTHER_READER),
            event(EventKind.OPEN, 1),
            event(EventKind.CLICK, 2, link=1),
            event(EventKind.CLICK, 4, link=0),
        ]
    )

    assert [(one.at - NOON).seconds // 60 for one in figures.opens] == [1]
    assert {index: [(one.reader, (one.at - NOON).seconds // 60) for one in found] for index, found in figures.clicks.items()} == {
        0: [(None, 4)],
        1: [(OTHER_READER, 3), (None, 2)],
    }


@pytest.mark.parametrize("label", [Label.SCANNER, Label.PREFETCH, Label.SELF, Label.DUPLICATE, Label.UNSURE])
def test_what_no_person_did_does_not_count(label: Label) -> None:
    """Programs, the own team, repeats, and what is not confirmed."""
    figures = figures_of([event(EventKind.OPEN, 1, label), event(EventKind.CLICK, 2, label), event(EventKind.SENT, 0)])
    assert (figures.opens, figures.clicks) == ((), {})
