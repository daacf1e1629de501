"""One open stream's right: confirmed before anything is delivered, after every notice, and every ten seconds."""

from collections.abc import Sequence

from pymongo.errors import AutoReconnect

from tracker.web.api.streams.message import StreamMessage
from tracker.web.api.streams.subscriber import AUTHORIZE_SECONDS, MessageFilter, Subscriber


class Credential:
    """A right that a test takes away, or a database that it takes away. `asked` counts how often it was read."""

    def __init__(self) -> None:
        self.works = True
        self.is_away = False
        self.asked = 0
        self.clock = 0.0

    def check(self) -> MessageFilter | None:
        self.asked += 1
        if self.is_away:
            raise AutoReconnect("away")
        return self.sieve if self.works else None

    def sieve(self, messages: Sequence[StreamMessage]) -> list[StreamMessage | None]:
        if self.is_away:
            raise AutoReconnect("away")
        return list(messages)

    def subscriber(self) -> Subscriber:
        return Subscriber(self.check, lambda: self.clock)


NEWS = StreamMessage("1-0", "event", None)


def test_nothing_is_delivered_before_the_right_was_read():
    """What was true when the request came may be wrong when its stream begins."""
    credential = Credential()
    subscriber = credential.subscriber()

    assert subscriber.needs_authorization
    assert subscriber.authorize()
    assert not subscriber.needs_authorization
    assert (subscriber.filter([NEWS]), credential.asked) == ([NEWS], 1)


def test_a_notice_and_time_make_it_read_again():
    """Once a notice, and ten seconds after the last time; never in between."""
    credential = Credential()
    subscriber = credential.subscriber()
    subscriber.authorize()
    subscriber.authorize()
    assert credential.asked == 1

    subscriber.invalidate()
    assert subscriber.needs_authorization
    subscriber.authorize()
    assert credential.asked == 2

    credential.clock += AUTHORIZE_SECONDS
    assert subscriber.needs_authorization
    subscriber.authorize()
    assert (credential.asked, subscriber.needs_authorization) == (3, False)


def test_many_notices_in_a_row_are_few_questions():
    """Three in two seconds; until the next one, nothing is delivered."""
    credential = Credential()
    subscriber = credential.subscriber()

    for _ in range(100):
        subscriber.invalidate()
        subscriber.authorize()
    assert (credential.asked, subscriber.needs_authorization, subscriber.is_over) == (3, True, False)

    credential.clock += 2
    assert subscriber.authorize()
    assert credential.asked == 4


def test_a_right_that_is_gone_ends_the_stream():
    """Also for messages that were waiting already, and for good."""
    credential = Credential()
    subscriber = credential.subscriber()
    subscriber.authorize()
    subscriber.put(NEWS)

    credential.works = False
    subscriber.invalidate()

    assert not subscriber.authorize()
    assert subscriber.is_over
    credential.works = True
    assert not subscriber.authorize()


def test_without_an_answer_nothing_is_delivered_and_the_stream_ends():
    """MongoDB away: messages are held back. Back within 25 s, the stream goes on; else it ends."""
    credential = Credential()
    subscriber = credential.subscriber()
    subscriber.authorize()
    credential.is_away = True

    credential.clock += AUTHORIZE_SECONDS
    assert not subscriber.authorize()
    assert (subscriber.filter([NEWS]), subscriber.needs_authorization, subscriber.is_over) == ([], True, False)
    credential.is_away = False
    assert subscriber.authorize()
    assert subscriber.filter([NEWS]) == [NEWS]

    credential.is_away = True
    assert subscriber.filter([NEWS]) == []
    assert subscriber.needs_authorization
    credential.clock += 25
    assert not subscriber.authorize()
    assert subscriber.is_over


def test_a_notice_that_comes_while_the_right_is_read_is_not_lost():
    """Else the answer to the first would stand for the second."""
    credential = Credential()
    subscriber = Subscriber(lambda: subscriber.invalidate() or credential.check(), lambda: credential.clock)

    subscriber.authorize()

    assert subscriber.needs_authorization


def test_a_client_that_falls_behind_is_let_go():
    """It comes back with the id of the last message that it has."""
    subscriber = Credential().subscriber()

    for number in range(501):
        subscriber.put(StreamMessage(f"{number}-0", "event", None))

    assert subscriber.is_over
