"""What messages keep of the events about them."""

from datetime import timedelta

from tests.scenes import NOON
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.mail.message import Reaction
from tracker.rules.message_engagement import reactions_of, with_sealed

HOUR = timedelta(hours=1)


def event(hours, kind, label):
    return Event(id=f"{hours}", workspace="w", kind=kind, at=NOON + hours * HOUR, received=NOON, verdict=Verdict(label, 1), message="m")


def test_a_click_is_no_open_for_reports_and_programs_are_told_apart():
    """In any order; own browsers and repeated requests are nothing."""
    events = [
        event(1, EventKind.OPEN, Label.SELF),
        event(2, EventKind.OPEN, Label.PREFETCH),
        event(3, EventKind.CLICK, Label.UNSURE),
        event(4, EventKind.CLICK, Label.HUMAN),
        event(5, EventKind.OPEN, Label.PROXY),
        event(6, EventKind.REPLY, Label.HUMAN),
    ]
    found = reactions_of(reversed(events))["m"]
    moments = [getattr(found, name) for name in ("any_image_at", "any_click_at", "opened_at", "clicked_at", "image_at", "replied_at")]
    assert moments == [NOON + hours * HOUR for hours in (2, 3, 4, 4, 5, 6)]
    later = with_sealed(found, Reaction(image_at=NOON + 9 * HOUR), NOON + 5.5 * HOUR)
    assert (later.image_at, later.any_image_at, later.replied_at) == (found.image_at, found.any_image_at, None)
