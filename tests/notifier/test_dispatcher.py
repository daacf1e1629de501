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
    """A dispatcher with its threads; the deliveries of the desk are written by the real clock."""
    desk.clock[0] = utc_now()
    deps = open_deps(wired)
    outbound = Outbound(wired.outbound_allow, total=10.0)
    dispatcher = Dispatcher(deps, Deliverer(deps, outbound, spread=lambda: 0.0))
    dispatcher.start()
    yield dispatcher
    dispatcher.stop(5)
    outbound.close()
    deps.redis.close()
    deps.store.database.client.close()


def wait_for(is_so, seconds=60.0):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "the condition was not met in time"
        time.sleep(0.01)


def test_an_unresponsive_receiver_delays_no_other(desk: Desk, running: Dispatcher, hook: Receiver):
    """Deliveries to other receivers continue at once, in order."""
    with receiver() as failing:
        failing.otherwise = hang
        desk.channel(WEBHOOK, url=failing.url)
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
        assert len(failing.calls) == 1


def test_failing_receivers_occupy_at_most_half_of_the_threads(desk: Desk, running: Dispatcher, hook: Receiver):
    """Threads stay free for other receivers."""
    with receiver() as failing:
        failing.script, failing.otherwise = [answer(500)] * 24, hang
        reps = [f"{n:032x}" for n in range(24)]
        for rep in reps:
            desk.channel(WEBHOOK, rep=rep, url=failing.url)
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

        assert len(failing.calls) <= 24 + THREADS // 2


def test_five_hundred_due_deliveries_are_sent_once(desk: Desk, running: Dispatcher, hook: Receiver):
    """To many receivers; none twice, none missing."""
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


def test_later_due_times_need_no_wake_up(desk: Desk, running: Dispatcher, hook: Receiver):
    """The dispatcher wakes itself when the next delivery is due."""
    desk.channel(WEBHOOK, url=hook.url)
    desk.clock[0] = utc_now().replace(microsecond=0) + timedelta(seconds=3)
    desk.alert(WEBHOOK)
    running.wake()
    wait_for(lambda: len(hook.calls) == 1)

    assert hook.calls[0].at >= desk.clock[0].timestamp()


def test_a_wake_up_is_followed_by_a_request_at_once(desk: Desk, running: Dispatcher, hook: Receiver):
    """Measures the notifier's share of the time from event to alert."""
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
    print(f"wake-up to request: median {took[12] * 500:.1f} ms, worst {took[-1] * 500:.1f} ms")

    assert took[12] < 5  # median of 25; without a wake-up the dispatcher waits 30 s


def test_a_stop_is_prompt_and_loses_no_delivery(desk: Desk, running: Dispatcher, hook: Receiver):
    """A current delivery stays leased, and is sent again when the lease expires."""
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
