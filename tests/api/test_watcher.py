"""One open stream's right: confirmed before anything is delivered, after every notice, and every ten seconds."""

from collections.abc import Sequence

from pymongo.errors import AutoReconnect

from tracker.web.api.streams.message import StreamMessage
from tracker.web.api.streams.watcher import CONFIRM_SECONDS, Sieve, Watcher


class Credential:
    """A right that a test takes away, or a database that it takes away. `asked` counts how often it was read."""

    def __init__(self) -> None:
        self.works = True
        self.is_away = False
        self.asked = 0
        self.clock = 0.0

    def check(self) -> Sieve | None:
        self.asked += 1
        if self.is_away:
            raise AutoReconnect("away")
        return self.sieve if self.works else None

    def sieve(self, messages: Sequence[StreamMessage]) -> list[StreamMessage | None]:
        if self.is_away:
            raise AutoReconnect("away")
        return list(messages)

    def watcher(self) -> Watcher:
        return Watcher(self.check, lambda: self.clock)


NEWS = StreamMessage("1-0", "event", None)


def test_nothing_is_delivered_before_the_right_was_read():
    """What was true when the request came may be wrong when its stream begins."""
    credential = Credential()
    watcher = credential.watcher()

    assert watcher.is_doubtful
    assert watcher.confirm()
    assert not watcher.is_doubtful
    assert (watcher.sift([NEWS]), credential.asked) == ([NEWS], 1)


def test_a_notice_and_time_make_it_read_again():
    """Once a notice, and ten seconds after the last time; never in between."""
    credential = Credential()
    watcher = credential.watcher()
    watcher.confirm()
    watcher.confirm()
    assert credential.asked == 1

    watcher.doubt()
    assert watcher.is_doubtful
    watcher.confirm()
    assert credential.asked == 2

    credential.clock += CONFIRM_SECONDS
    assert watcher.is_doubtful
    watcher.confirm()
    assert (credential.asked, watcher.is_doubtful) == (3, False)


def test_many_notices_in_a_row_are_few_questions():
    """Three in two seconds; until the next one, nothing is delivered."""
    credential = Credential()
    watcher = credential.watcher()

    for _ in range(100):
        watcher.doubt()
        watcher.confirm()
    assert (credential.asked, watcher.is_doubtful, watcher.is_over) == (3, True, False)

    credential.clock += 2
    assert watcher.confirm()
    assert credential.asked == 4


def test_a_right_that_is_gone_ends_the_stream():
    """Also for messages that were waiting already, and for good."""
    credential = Credential()
    watcher = credential.watcher()
    watcher.confirm()
    watcher.put(NEWS)

    credential.works = False
    watcher.doubt()

    assert not watcher.confirm()
    assert watcher.is_over
    credential.works = True
    assert not watcher.confirm()


def test_without_an_answer_nothing_is_delivered_and_the_stream_ends():
    """MongoDB away: messages are held back. Back within 25 s, the stream goes on; else it ends."""
    credential = Credential()
    watcher = credential.watcher()
    watcher.confirm()
    credential.is_away = True

    credential.clock += CONFIRM_SECONDS
    assert not watcher.confirm()
    assert (watcher.sift([NEWS]), watcher.is_doubtful, watcher.is_over) == ([], True, False)
    credential.is_away = False
    assert watcher.confirm()
    assert watcher.sift([NEWS]) == [NEWS]

    credential.is_away = True
    assert watcher.sift([NEWS]) == []
    assert watcher.is_doubtful
    credential.clock += 25
    assert not watcher.confirm()
    assert watcher.is_over


def test_a_notice_that_comes_while_the_right_is_read_is_not_lost():
    """Else the answer to the first would stand for the second."""
    credential = Credential()
    watcher = Watcher(lambda: watcher.doubt() or credential.check(), lambda: credential.clock)

    watcher.confirm()

    assert watcher.is_doubtful


def test_a_client_that_falls_behind_is_let_go():
    """It comes back with the id of the last message that it has."""
    watcher = Credential().watcher()

    for number in range(501):
        watcher.put(StreamMessage(f"{number}-0", "event", None))

    assert watcher.is_over
