"""Events to webhooks: signed, in order, tried for a day, given up with a reason, sent again under the same id."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from notifier.hooks.delivery import HookDelivery
from notifier.hooks.sender import HookSender
from notifier.routing import RETRIES
from tests.notifier.conftest import WORKSPACE, Desk
from tests.notifier.receivers import Receiver, answer, drip, hang
from tracker.actions.hooks import hooks
from tracker.actions.hooks.outbox import Outbox
from tracker.actions.team import api_keys
from tracker.base.http.outbound import Outbound
from tracker.base.ids import new_id
from tracker.domain.alerting.alarm import AlarmKind
from tracker.domain.hooks.hook import KEY_ENDED, Hook
from tracker.domain.hooks.hook_event import HookEvent
from tracker.domain.team.rep import Rep, Role
from tracker.rules.hooks.drafts import HookDraft


def reset(handler) -> None:
    """Closes the connection without an answer."""
    handler.close_connection = True


class Wire:
    """One webhook on loopback, and the sender with the test's clock."""

    def __init__(self, desk: Desk, receiver: Receiver) -> None:
        self.desk, self.receiver = desk, receiver
        self.hook = hooks.add_hook(desk.deps, WORKSPACE, url=receiver.url, events=["lead.created", "task.done"])
        self.outbound = Outbound(desk.deps.settings.outbound_allow, total=0.5)
        self.sender = HookSender(desk.deps, HookDelivery(desk.deps, self.outbound, spread=lambda: 0.0))

    def happen(self, cause: str, kind: str = "lead.created") -> None:
        workspace = self.desk.deps.store.workspaces.get(WORKSPACE)
        draft = HookDraft(kind, cause, self.desk.clock[0], self.desk.lead.id, {"source": "Fair"})
        for _ in range(2):  # a repeated cause is one event
            Outbox(self.desk.deps, workspace).put([draft])

    def rows(self) -> list[HookEvent]:
        return self.desk.store.hook_events.log_of(self.hook.id).items[::-1]

    @property
    def stored(self) -> Hook:
        return self.desk.store.hooks.get(self.hook.id)


@pytest.fixture
def wire(desk: Desk, hook: Receiver) -> Iterator[Wire]:
    made = Wire(desk, hook)
    yield made
    made.sender.stop(5)
    made.outbound.close()


def test_a_message_is_signed_and_complete(wire: Wire):
    """Standard Webhooks: id, time and signature verify with the library; the secret is shown nowhere else."""
    wire.happen("a")
    assert wire.sender.send_all() == 1
    (call,) = wire.receiver.calls
    body = json.loads(call.body)

    assert body["type"] == "lead.created"
    assert body["data"]["lead"]["email"] == wire.desk.lead.email
    assert call.headers["webhook-id"] == body["id"]
    # The library checks the age of the timestamp against the machine's clock; the test's clock is another.
    signed = Webhook(wire.hook.secret).sign(body["id"], wire.desk.clock[0], call.body.decode())
    assert call.headers["webhook-signature"] == signed
    document = wire.desk.deps.store.database.hooks.find_one({})
    assert wire.hook.secret not in str(document)
    assert wire.hook.url not in str(document)
    assert (wire.rows()[0].state, wire.stored.checked_at) == ("delivered", wire.desk.clock[0])


@pytest.mark.parametrize(
    ("script", "wait"),
    [
        (answer(500), RETRIES[0]),
        (answer(404), RETRIES[0]),
        (answer(302, Location="/x"), RETRIES[0]),
        (answer(429, Retry_After="90"), timedelta(seconds=90)),
        (hang, RETRIES[0]),
        (drip, RETRIES[0]),
        (reset, RETRIES[0]),
    ],
    ids=["500", "404", "302", "429", "hang", "drip", "reset"],
)
def test_what_is_not_taken_is_sent_again_in_order(wire: Wire, script, wait):
    """Nothing else is sent meanwhile; then both, under the ids that they had; the failure is shown while it lasts."""
    wire.receiver.script = [script]
    wire.happen("a")
    wire.sender.send_all()
    wire.desk.pass_time(seconds=1)
    wire.happen("b")
    wire.sender.send_all()
    assert len(wire.receiver.calls) == 1
    assert wire.rows()[0].error == wire.stored.failing_reason != ""
    wire.desk.clock[0] += wait
    wire.sender.send_all()

    ids = [call.headers["webhook-id"] for call in wire.receiver.calls]
    assert ids == [wire.rows()[0].event, wire.rows()[0].event, wire.rows()[1].event]
    assert [(row.state, row.attempts) for row in wire.rows()] == [("delivered", 2), ("delivered", 1)]
    assert (wire.stored.failing_since, wire.stored.disabled_reason) == (None, None)


def test_410_ends_the_subscription(wire: Wire):
    """What waits is given up, nothing more is kept; a test that is taken begins anew, and a replay brings what was given up."""
    wire.receiver.script = [answer(410)]
    wire.happen("a")
    wire.happen("b")
    wire.sender.send_all()
    wire.happen("c")
    ended = wire.stored
    hooks.test_hook(wire.desk.deps, WORKSPACE, wire.hook.id)
    wire.sender.send_all()

    assert (ended.is_ended, "410" in (ended.disabled_reason or "")) == (True, True)
    assert sorted(row.state for row in wire.rows()) == ["delivered", "failed", "failed"]
    assert (wire.stored.is_ended, wire.stored.disabled_reason) == (False, None)
    assert hooks.replay(wire.desk.deps, WORKSPACE, wire.hook.id, since=wire.desk.clock[0]) == 2
    wire.sender.send_all()
    assert [row.state for row in wire.rows()] == ["delivered"] * 3
    assert len({call.headers["webhook-id"] for call in wire.receiver.calls}) == 3


def test_a_webhook_that_refuses_for_a_day_is_stopped(wire: Wire):
    """It keeps its events; switched on, they are sent again from a message on; a removed one takes its events along."""
    wire.receiver.otherwise = answer(403)
    wire.happen("a")
    for _ in range(20):
        wire.sender.send_all()
        wire.desk.pass_time(hours=5)
    stopped, told = wire.stored, wire.desk.deps.store.alarms.active()
    wire.happen("b")
    wire.receiver.otherwise = answer(200)
    hooks.change_hook(wire.desk.deps, WORKSPACE, wire.hook.id, enabled=True)
    first, second = wire.rows()

    assert "does not allow" in (stopped.disabled_reason or "")
    assert [alarm.kind for alarm, _, _ in told] == [AlarmKind.HOOK]
    assert wire.desk.deps.store.alarms.active() == []
    assert (first.state, second.state, second.attempts) == ("failed", "failed", 0)
    assert hooks.replay(wire.desk.deps, WORKSPACE, wire.hook.id, after=second.event) == 1
    assert hooks.replay(wire.desk.deps, WORKSPACE, wire.hook.id, since=wire.desk.clock[0] - timedelta(days=20), with_delivered=True) == 2
    wire.sender.send_all()
    assert [row.state for row in wire.rows()] == ["delivered", "delivered"]
    hooks.remove_hook(wire.desk.deps, WORKSPACE, wire.hook.id)
    assert wire.rows() == []


def test_a_killed_sender_sends_again_under_the_same_id(wire: Wire):
    """A claimed row is due again when its lease ends, and counts the try."""
    wire.happen("a")
    queue, now = wire.desk.deps.store.hook_queue, wire.desk.clock[0]
    claimed = queue.claim(now)
    assert wire.sender.send_all() == 0
    wire.desk.pass_time(minutes=1)
    wire.sender.send_all()

    assert claimed is not None
    assert [call.headers["webhook-id"] for call in wire.receiver.calls] == [claimed.event]
    assert wire.rows()[0].attempts == 2


@pytest.mark.parametrize("how", ["deleted", "expired", "of a rep who left", "of a rep who is no admin"])
def test_a_webhook_ends_with_the_key_that_made_it(wire: Wire, how: str):
    """Nothing is sent, not even a test, and the admins are told. An admin who switches it on makes it one of the workspace."""
    desk, deps = wire.desk, wire.desk.deps
    rep = desk.store.reps.add(
        Rep(id=new_id(), workspace=WORKSPACE, email="a@northwind.example", name="Ada", role=Role.ADMIN, created_at=desk.clock[0])
    )
    key, _ = api_keys.new_key(deps, WORKSPACE, rep=rep.id if "rep" in how else None, days=1 if how == "expired" else None)
    hooks.remove_hook(deps, WORKSPACE, wire.hook.id)
    wire.hook = hooks.add_hook(deps, WORKSPACE, url=wire.receiver.url, events=["lead.created"], key=key.id)
    wire.happen("a")
    wire.sender.send_all()
    assert len(wire.receiver.calls) == 1
    desk.pass_time(days=2 if how == "expired" else 0, seconds=1)
    if how == "deleted":
        api_keys.remove_key(deps, WORKSPACE, key.id)
    elif how == "of a rep who left":
        desk.store.reps.change(rep.id, is_active=False)
    elif how != "expired":
        desk.store.reps.change(rep.id, role=Role.REP)
    wire.happen("b")
    hooks.test_hook(deps, WORKSPACE, wire.hook.id)
    wire.sender.send_all()
    assert (len(wire.receiver.calls), wire.stored.disabled_reason) == (1, KEY_ENDED)
    assert [row.error for row in wire.rows()[1:]] == [KEY_ENDED] * 2
    assert [alarm.kind for alarm, _, _ in deps.store.alarms.active()] == [AlarmKind.HOOK]

    assert hooks.change_hook(deps, WORKSPACE, wire.hook.id, enabled=True).key == ""
    hooks.replay(deps, WORKSPACE, wire.hook.id, since=wire.hook.created_at)
    wire.sender.send_all()
    assert len(wire.receiver.calls) == 3
    assert hooks.change_hook(deps, WORKSPACE, wire.hook.id, url=f"{wire.receiver.url}/x", key="k").key == "k"
