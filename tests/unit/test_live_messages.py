"""The JSON of the live bus: API streams and consoles rely on these keys, in this order."""

import pytest

from tests import live_messages
from tests.live_messages import received
from tracker.domain.alerting.payload import AlertUnsure, AlertWithdrawn
from tracker.domain.live_message import LiveMessage, RightsChanged, kind_of
from tracker.web.api.streams.message import StreamMessage, format_event

ALERT = (
    '{"id": "a", "lead": "l", "lead_name": "", "rule": "pricing", "priority": "loud", "title": "Title", "text": "Text", '
    '"rep": null, "url": "", "at": 0, "revision": 0, "test": false, "raised": false, "silent": false, "taken": false, "taken_by": null}'
)
EVENT = (
    '{"id": "e", "kind": "view", "at": 0, "lead": "l", "message": null, "url": null, "title": null, "visitor": "v", '
    '"verdict": "human", "reader": null, "rep": null}'
)
PRESENCE = (
    '{"lead": "l", "page": null, "url": null, "title": null, "message": null, "visitor": "v", "since": 0, "last": 0, '
    '"state": "active", "active_ms": 0, "scroll": 0, "reader": null}'
)


@pytest.mark.parametrize(
    ("message", "kind", "data"),
    [
        (live_messages.alert("a", lead="l"), "alert", ALERT),
        (live_messages.event("e", lead="l"), "event", EVENT),
        (live_messages.presence(lead="l"), "presence", PRESENCE),
        (AlertWithdrawn(id="a", lead="l", rep=None), "withdrawn", '{"id": "a", "lead": "l", "rep": null}'),
        (AlertUnsure(id="a", lead="l", rep=None), "unsure", '{"id": "a", "lead": "l", "rep": null}'),
    ],
    ids=["alert", "event", "presence", "withdrawn", "unsure"],
)
def test_a_message_is_written_as_one_event_with_all_its_keys(message: LiveMessage, kind: str, data: str) -> None:
    """Keys without a value are null, never left out."""
    assert f"id: 1-0\nevent: {kind}\ndata: {data}\n\n" == format_event(StreamMessage("1-0", kind_of(message), message))


def test_a_message_without_content_is_an_empty_object() -> None:
    """A client that may know only that something changed receives the kind alone."""
    assert format_event(StreamMessage("1-0", "presence", None)) == "id: 1-0\nevent: presence\ndata: {}\n\n"


def test_a_change_of_rights_says_nothing_else() -> None:
    """It is for our own streams."""
    assert received(RightsChanged()) == ("rights", {})
