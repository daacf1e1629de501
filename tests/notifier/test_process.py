"""The notify process: woken through RQ, killed, stopped, started before its servers."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest
from rq.job import Callback, JobStatus
from rq.webhook import Webhook

from tests.notifier.conftest import WORKSPACE, Desk
from tests.notifier.receivers import Receiver, answer, receiver
from tests.project import ROOT
from tracker.actions.hooks.hooks import add_hook
from tracker.actions.hooks.outbox import Outbox
from tracker.base.clock import utc_now
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.rq_queue import FORMER_NAMES, JOBS, OurJob
from tracker.rules.hooks.drafts import HookDraft

WEBHOOK = ChannelName.WEBHOOK


@contextlib.contextmanager
def notify(wired, tmp_path, **changes: str):
    """A running `python -m notifier.main`; `said` returns its log."""
    environ = {
        **os.environ,
        "DATA": str(tmp_path / "var"),
        "MONGO_URL": wired.mongo_url,
        "REDIS_URL": wired.redis_url,
        "OUTBOUND_ALLOW": "127.0.0.0/8",
        "SMTP_URL": wired.smtp_url,
        **changes,
    }
    log = tmp_path / "notify.log"
    with log.open("a") as out:
        process = subprocess.Popen([sys.executable, "-m", "notifier.main"], cwd=ROOT, env=environ, stdout=out, stderr=out)
    process.said = log.read_text
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(5)


def wait_for(is_so, process, seconds=60.0):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, process.said()
        assert process.poll() is None, process.said()
        time.sleep(0.01)


@pytest.fixture
def events():
    """The receiver of events."""
    with receiver() as server:
        yield server


def fresh(desk: Desk):
    desk.clock[0] = utc_now()
    return desk.alert(WEBHOOK)


def test_a_wake_up_causes_a_delivery_and_sigterm_stops_the_process(desk: Desk, wired, tmp_path, hook: Receiver):
    """Rows that are due at the start are delivered, later ones after wake-ups; SIGTERM stops the idle process at once."""
    desk.channel(WEBHOOK, url=hook.url)
    fresh(desk)
    took = []
    with notify(wired, tmp_path) as process:
        wait_for(lambda: len(hook.calls) == 1, process)
        wait_for(lambda: desk.deps.redis.smembers("rq:workers"), process)
        for n in range(20):
            fresh(desk)
            began = time.time()
            wait_for(desk.deps.wake.notify, process)  # until the process has run the wake-up of its start
            wait_for(lambda n=n: len(hook.calls) == n + 2, process)
            took.append(hook.calls[-1].at - began)
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        stopped = time.monotonic() - began
    took.sort()
    print(f"wake to socket: median {took[10] * 1000:.1f} ms, worst {took[-1] * 1000:.1f} ms; stop {stopped:.2f} s")

    assert desk.store.deliveries.count({"state": "delivered"}) == 21
    assert '"level": "error"' not in process.said()


def test_kill_9_before_the_result_is_stored_sends_again_with_the_same_id(desk: Desk, wired, tmp_path, hook: Receiver, events: Receiver):
    """Delivery is at least once, and a receiver can detect repeats: of alerts, and of events for webhooks."""
    desk.channel(WEBHOOK, url=hook.url)
    alert = fresh(desk)
    crm = add_hook(desk.deps, WORKSPACE, url=f"{events.url}/crm", events=["lead.created"])
    workspace, store = desk.deps.store.workspaces.get(WORKSPACE), desk.store.hook_events
    Outbox(desk.deps, workspace).put([HookDraft("lead.created", "cause", desk.clock[0], desk.lead.id, {})])

    def take_time(handler):
        time.sleep(2)
        with contextlib.suppress(OSError):
            answer(200)(handler)

    hook.script, events.script = [take_time], [take_time]
    with notify(wired, tmp_path) as process:
        wait_for(lambda: len(hook.calls) == len(events.calls) == 1, process)
        process.kill()
    assert desk.delivery(alert, WEBHOOK).state is DeliveryState.SENDING
    for name in ("deliveries", "hook_events"):
        desk.deps.store.database[name].update_many({}, {"$set": {"due_at": utc_now()}})  # the lease has expired
    with notify(wired, tmp_path) as process:
        wait_for(lambda: desk.delivery(alert, WEBHOOK).state is DeliveryState.DELIVERED, process)
        wait_for(lambda: store.log_of(crm.id).items[0].state is DeliveryState.DELIVERED, process)

    for calls in (hook.calls, events.calls):
        assert len(calls) == 2
        assert calls[0].headers["webhook-id"] == calls[1].headers["webhook-id"]


def test_it_waits_for_unavailable_servers_and_stops_at_once(desk: Desk, wired, tmp_path):
    """The process does not exit when MongoDB or Redis is unavailable at its start."""
    away = {"MONGO_URL": "mongodb://127.0.0.1:9/leadlight?directConnection=true", "REDIS_URL": "redis://127.0.0.1:9"}
    with notify(wired, tmp_path, **away) as process:
        wait_for(lambda: "Redis is unavailable" in process.said(), process)
        wait_for(lambda: "the delivery queue is unavailable" in process.said(), process)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_a_hostile_job_is_not_run(desk: Desk, wired, tmp_path, hook: Receiver):
    """Only functions of JOBS are run, whatever Redis names; the process continues."""
    marker = tmp_path / "owned"
    desk.channel(WEBHOOK, url=hook.url)
    queue = desk.deps.wake._queues["notify"]
    for name in ("os.system", "tracker.rq_queue.WakeUps", "notifier.jobs.install"):
        assert name not in JOBS.values()
        queue.enqueue(name, f"touch {marker}")
    with notify(wired, tmp_path) as process:
        wait_for(lambda: queue.count == 0, process)
        fresh(desk)
        desk.deps.wake.notify()
        wait_for(lambda: len(hook.calls) == 1, process)

    assert not marker.exists()


def test_a_job_with_a_former_name_is_run(desk: Desk, wired, tmp_path, hook: Receiver):
    """A job that an older version left in Redis delivers what is due, and is no failure."""
    desk.channel(WEBHOOK, url=hook.url)
    queue = desk.deps.wake._queues["notify"]
    with notify(wired, tmp_path) as process:
        wait_for(lambda: desk.deps.redis.smembers("rq:workers"), process)
        wait_for(lambda: queue.count == 0 and not desk.deps.redis.exists("ll:armed:notify"), process)
        for number, name in enumerate(FORMER_NAMES, 1):
            fresh(desk)
            queue.enqueue(name, result_ttl=0)
            wait_for(lambda number=number: len(hook.calls) == number, process)
        wait_for(lambda: queue.count == 0 and queue.started_job_registry.count == 0, process)

    assert queue.failed_job_registry.count == 0


def test_callbacks_and_webhooks_in_redis_are_ignored(desk: Desk):
    """What such a job names is neither imported nor called."""
    queue = desk.deps.wake._queues["notify"]
    hooks = [Webhook("http://127.0.0.1:9/", JobStatus.FINISHED)]
    queue.enqueue(JOBS["notify"], on_success=Callback("os.abort"), on_failure=Callback("os.abort"), webhooks=hooks)
    [job] = queue.jobs

    assert isinstance(job, OurJob)
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None, None, None)
    assert job.send_webhooks(JobStatus.FINISHED) is None
