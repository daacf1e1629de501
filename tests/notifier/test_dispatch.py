"""Many deliveries at once, with threads and the real clock."""

import time
from datetime import timedelta

import msgspec
import pytest

from notifier.delivery import Deliverer
from notifier.dispatcher import THREADS, Dispatcher
from tests.notifier.conftest import WORKSPACE, Desk
from tests.notifier.receivers import Receiver, answer, hang, receiver
from tracker.actions.deps import open_deps
from tracker.base.clock import utc_now
from tracker.base.http.outbound import Outbound
from tracker.domain.alerting.channel import ChannelName

SLACK, EMAIL, WEBHOOK = ChannelName.SLACK, ChannelName.EMAIL, ChannelName.WEBHOOK


@pytest.fixture
def running(desk: Desk, wired):
    """A dispatch with its threads; the desk's rows are written by the real clock."""
    desk.clock[0] = utc_now()
    deps = open_deps(wired)
    outbound = Outbound(wired.outbound_allow, total=10.0)
    dispatch = Dispatcher(deps, Deliverer(deps, outbound, spread=lambda: 0.0))
    dispatch.start()
    yield dispatch
    dispatch.stop(5)
    outbound.close()
    deps.redis.close()
    deps.store.database.client.close()


def wait_for(is_so, seconds=60.0):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


def test_a_silent_receiver_holds_up_nobody_else(desk: Desk, running: Dispatcher, hook: Receiver):
    """Its lane waits; other lanes go on at once, in order."""
    with receiver() as dead:
        dead.otherwise = hang
        desk.channel(WEBHOOK, url=dead.url)
        desk.channel(SLACK, webhook_url=hook.url)
        for _ in range(10):
            desk.alert(WEBHOOK)
        mine = []
        for n in range(10):
            desk.clock[0] = utc_now() + timedelta(milliseconds=n - 10)
            mine.append(desk.alert(SLACK, title=f"Lead {n}"))
        running.wake()
        wait_for(lambda: len(hook.calls) == 10, 9)

        assert [call.json["text"].split(".")[0] for call in hook.calls] == [alert.title for alert in mine]
        assert len(dead.calls) == 1


def test_more_dead_receivers_than_hands_leave_hands_for_the_living(desk: Desk, running: Dispatcher, hook: Receiver):
    """Once a lane has failed, at most half of the hands are at such lanes."""
    with receiver() as dead:
        dead.script, dead.otherwise = [answer(500)] * 24, hang
        reps = [f"{n:032x}" for n in range(24)]
        for rep in reps:
            desk.channel(WEBHOOK, rep=rep, url=dead.url)
            desk.alert(WEBHOOK, rep=rep)
        running.wake()
        wait_for(lambda: desk.store.deliveries.count({"state": "due", "attempts": 1}) == 24)
        desk.deps.store.database.deliveries.update_many({"state": "due"}, {"$set": {"due_at": utc_now()}})
        desk.deps.store.database.channels.update_many({}, {"$set": {"held_until": None}})
        running.wake()
        desk.channel(SLACK, webhook_url=hook.url)
        desk.clock[0] = utc_now()
        desk.alert(SLACK)
        running.wake()
        wait_for(lambda: len(hook.calls) == 1, 9)

        assert len(dead.calls) <= 24 + THREADS // 2


def test_five_hundred_due_rows_all_go_once(desk: Desk, running: Dispatcher, hook: Receiver):
    """Over many lanes; none twice, none forgotten."""
    reps = [f"{n:032x}" for n in range(20)]
    for rep in reps:
        desk.channel(WEBHOOK, rep=rep, url=hook.url)
    row = desk.row(desk.alert(rep=reps[0]), WEBHOOK)
    rows = [msgspec.structs.replace(row, id=f"{n:032x}", rep=rep) for n, rep in enumerate(reps * 25)]
    desk.store.deliveries.open_once(rows)
    began = time.monotonic()
    running.wake()
    wait_for(lambda: desk.store.deliveries.count({"state": "delivered"}) == 500, 60)
    took = time.monotonic() - began

    assert len(hook.calls) == 500
    assert len({call.headers["webhook-id"] for call in hook.calls}) == 500
    print(f"500 deliveries in {took:.1f} s")


def test_what_falls_due_later_needs_no_wake_up(desk: Desk, running: Dispatcher, hook: Receiver):
    """The notifier looks when the next row is due, by itself."""
    desk.channel(WEBHOOK, url=hook.url)
    desk.clock[0] = utc_now().replace(microsecond=0) + timedelta(seconds=3)
    desk.alert(WEBHOOK)
    running.wake()
    wait_for(lambda: len(hook.calls) == 1)

    assert hook.calls[0].at >= desk.clock[0].timestamp()


def test_from_the_ring_to_the_socket(desk: Desk, running: Dispatcher, hook: Receiver):
    """A rep hears within the second; here the notifier's own share of it."""
    desk.channel(SLACK, webhook_url=hook.url)
    took = []
    for n in range(25):
        desk.clock[0] = utc_now()
        desk.alert(SLACK)
        began = time.time()
        running.wake()
        wait_for(lambda n=n: len(hook.calls) == n + 1)
        took.append(hook.calls[-1].at - began)
    took.sort()
    print(f"ring to socket: median {took[12] * 500:.1f} ms, worst {took[-1] * 500:.1f} ms")

    assert took[12] < 5  # median of twenty-five; without a ring nobody would look before the next row is due


def test_a_stop_is_prompt_and_loses_nothing(desk: Desk, running: Dispatcher, hook: Receiver):
    """What is under way stays leased, and goes out again when the lease lapses."""
    hook.script, hook.otherwise = [hang], answer(200)
    desk.channel(WEBHOOK, url=hook.url)
    desk.alert(WEBHOOK)
    running.wake()
    wait_for(lambda: len(hook.calls) == 1)
    began = time.monotonic()
    running.stop(0.5)

    assert time.monotonic() - began < 9
    assert desk.store.deliveries.count({"state": "sending"}) == 1
    hook.over.set()
    wait_for(lambda: desk.store.deliveries.count({"state": "sending"}) == 0)
    assert desk.deps.store.of(WORKSPACE).deliveries.count({"state": "due"}) == 1
