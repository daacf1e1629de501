"""Web push: encrypted for the browser, signed by the installation, once for each device, and withdrawn with its alert."""

import stat
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from notifier.channels.push import encrypted
from notifier.routing import EDIT_EVERY, RETRIES
from tests.notifier.conftest import START, WORKSPACE, Desk
from tests.notifier.push_devices import AUTH, P256DH, claims_of, message_of, opened, raw
from tests.notifier.receivers import Receiver, answer, drip, hang
from tracker.actions.alerting import push_devices
from tracker.actions.alerting.alerts import mark
from tracker.actions.team import reps, sessions
from tracker.actions.team.secrets import hash_of
from tracker.base.encryption.push_messages import encrypt
from tracker.base.encryption.vapid_key import vapid_key
from tracker.base.errors import BadSetting, Invalid
from tracker.base.ids import new_id
from tracker.domain.alerting.alert import Priority
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.alerting.push_device import PushDevice
from tracker.domain.team.rep import Rep

PUSH = ChannelName.PUSH
VECTOR = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def subscribe(desk: Desk, endpoint: str) -> PushDevice:
    return push_devices.subscribe(desk.deps, WORKSPACE, desk.rep.id, endpoint=endpoint, p256dh=P256DH, auth=AUTH, name="Phone")


def test_the_example_of_rfc_8291(desk: Desk):
    """Section 5, byte by byte; the browser of our tests opens it, and what a channel encrypts too."""
    key = ec.derive_private_key(int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    text = b"When I grow up, I want to be a watermelon"
    assert encrypt(text, raw(P256DH), raw(AUTH), key=key, salt=raw("DGv6ra1nlYgDCS1FRnbzlw")) == raw(VECTOR)
    assert opened(raw(VECTOR)) == text
    device = PushDevice(id="d", name="x", endpoint="https://push.example", p256dh=P256DH, auth=AUTH, added_at=START)
    first, second = encrypted(text, device), encrypted(text, device)
    assert (opened(first), opened(second), first == second) == (text, text, False)


def test_an_alert_reaches_each_device_once(desk: Desk, hook: Receiver):
    """With its text, buttons and key; the service may drop an older message of the same alert."""
    subscribe(desk, f"{hook.url}/phone")
    subscribe(desk, f"{hook.url}/laptop")
    alert = desk.alert(PUSH)
    desk.deliver()
    by_path = {call.path: call for call in hook.calls}
    call = by_path["/phone"]
    message = message_of(call)

    assert sorted(call.path for call in hook.calls) == ["/laptop", "/phone"]
    assert (message["tag"], message["state"], message["quiet"]) == (alert.id, "new", False)
    assert message["title"] == alert.title
    assert message["url"] == f"https://leads.example.com/leads/{desk.lead.id}"
    assert message["call"] == f"https://leads.example.com/today/{desk.lead.id}/call"
    assert message["take"] == f"https://leads.example.com/alerts/{alert.id}"
    assert (call.headers["content-encoding"], call.headers["topic"], call.headers["urgency"]) == ("aes128gcm", alert.id, "high")
    assert int(call.headers["ttl"]) > 0
    claims = claims_of(call, hook.url)
    assert claims["sub"] == "https://leads.example.com"
    assert timedelta(0) < timedelta(seconds=claims["exp"] - START.timestamp()) <= timedelta(hours=24)
    assert call.headers["authorization"].endswith(push_devices.public_key(desk.deps))
    row = desk.deps.store.database.channels.find_one({"name": "push"})
    assert "phone" not in str(row["config"]), "endpoints are encrypted"


def test_a_withdrawn_or_taken_alert_is_replaced_silently(desk: Desk, hook: Receiver):
    """Under the same tag; a change of the text alone sends nothing."""
    subscribe(desk, hook.url)
    alert = desk.alert(PUSH)
    desk.deliver()
    desk.pass_time(seconds=EDIT_EVERY.seconds + 1)
    alert = desk.change(alert, text="Third visit today.")
    desk.deliver()
    assert len(hook.calls) == 1
    mark(desk.deps, WORKSPACE, [alert.id], "taken", rep=desk.rep.id)
    desk.deliver()
    desk.pass_time(seconds=EDIT_EVERY.seconds + 1)
    desk.withdraw(desk.store.alerts.get(alert.id))
    desk.deliver()
    messages = [message_of(call) for call in hook.calls]

    assert [(one["tag"], one["state"], one["quiet"]) for one in messages] == [
        (alert.id, "new", False),
        (alert.id, "taken", True),
        (alert.id, "withdrawn", True),
    ]
    assert messages[1]["title"].startswith("On it: Rita")
    assert messages[2]["title"].startswith("Withdrawn: ")


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_unsubscribed_is_forgotten(desk: Desk, hook: Receiver, status: int):
    """The others get the alert; without any device the channel is gone, and the alert is a dead letter with its reason."""
    gone = subscribe(desk, f"{hook.url}/gone")
    subscribe(desk, f"{hook.url}/there")
    hook.script = [answer(status)]
    first = desk.alert(PUSH)
    desk.deliver()
    assert desk.delivery(first, PUSH).state is DeliveryState.DELIVERED
    assert gone.id not in {one.id for one in push_devices.devices(desk.deps, WORKSPACE, desk.rep.id)}
    hook.script = [answer(status)]
    second = desk.alert(PUSH, cause="d")
    desk.deliver()
    row = desk.delivery(second, PUSH)

    assert (row.state, "no browser is subscribed" in (row.error or "")) == (DeliveryState.FAILED, True)
    assert desk.store.channels.named(desk.rep.id, PUSH) is None


@pytest.mark.parametrize(
    ("script", "wait"),
    [(answer(429, Retry_After="60"), timedelta(seconds=60)), (answer(503), RETRIES[0]), (answer(403), RETRIES[0]), (hang, RETRIES[0]), (drip, RETRIES[0])],
    ids=["429", "503", "403", "hang", "drip"],
)  # fmt: skip
def test_what_a_push_service_does_not_take_is_sent_again(desk: Desk, hook: Receiver, script, wait):
    """To the device that failed alone; the other one is not disturbed twice."""
    subscribe(desk, f"{hook.url}/a")
    subscribe(desk, f"{hook.url}/b")
    hook.script = [script]
    alert = desk.alert(PUSH)
    desk.deliver()
    row = desk.delivery(alert, PUSH)
    assert (row.state, row.due_at) == (DeliveryState.DUE, START + wait)
    desk.clock[0] += wait
    desk.deliver()

    assert desk.delivery(alert, PUSH).state is DeliveryState.DELIVERED
    assert [call.path for call in hook.calls] == ["/a", "/b", "/a"]


def test_quiet_alerts_are_silent_and_the_key_is_private(desk: Desk, hook: Receiver):
    """The key is made once, with mode 0600; a damaged one is an error, not a new key."""
    subscribe(desk, hook.url)
    desk.alert(PUSH, priority=Priority.QUIET)
    desk.deliver()
    path = desk.deps.settings.vapid_key_file
    assert (message_of(hook.calls[0])["quiet"], hook.calls[0].headers["urgency"]) == (True, "normal")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vapid_key(path).public == vapid_key(path).public
    path.write_text("x")
    with pytest.raises(BadSetting):
        vapid_key(path)


def test_what_is_no_browser_is_refused(desk: Desk):
    """Keys of the wrong form, points beside the curve, addresses that are none."""
    good = {"endpoint": "https://push.example/x", "p256dh": P256DH, "auth": AUTH, "name": ""}
    for field, value in (("p256dh", "AAAA"), ("p256dh", "BA" + "A" * 85), ("auth", "é"), ("auth", ""), ("endpoint", "javascript:1")):
        with pytest.raises(Invalid):
            push_devices.subscribe(desk.deps, WORKSPACE, desk.rep.id, **{**good, field: value})


def test_a_browser_belongs_to_one_rep(desk: Desk):
    """The next rep who subscribes it takes it over."""
    subscribe(desk, "https://push.example/shared")
    other = desk.store.reps.add(Rep(id=new_id(), workspace=WORKSPACE, email="o@northwind.example", name="Otto", created_at=START))
    push_devices.subscribe(desk.deps, WORKSPACE, other.id, endpoint="https://push.example/shared", p256dh=P256DH, auth=AUTH, name="")
    assert push_devices.devices(desk.deps, WORKSPACE, desk.rep.id) == []
    assert len(push_devices.devices(desk.deps, WORKSPACE, other.id)) == 1


def test_push_ends_with_the_sign_in_of_the_browser(desk: Desk):
    """With its sign-out, that of all others, and the rep's access; a new sign-in there goes on, one of another rep does not."""
    other = desk.store.reps.add(Rep(id=new_id(), workspace=WORKSPACE, email="o@northwind.example", name="Otto", created_at=START))
    reps.change_rep(desk.deps, WORKSPACE, other.id, role="admin")

    def switch_on(token: str, name: str) -> None:
        push_devices.subscribe(
            desk.deps, WORKSPACE, desk.rep.id, endpoint=f"https://push.example/{name}", p256dh=P256DH, auth=AUTH, name=name, session=hash_of(token)
        )  # fmt: skip

    def on() -> list[str]:
        return [one.name for one in push_devices.devices(desk.deps, WORKSPACE, desk.rep.id)]

    laptop, phone, desktop = (sessions.start(desk.deps, desk.rep) for _ in range(3))
    for token, name in ((laptop, "laptop"), (phone, "phone"), (desktop, "desktop")):
        switch_on(token, name)
    sessions.end(desk.deps, phone)
    assert on() == ["laptop", "desktop"]
    again = sessions.start(desk.deps, desk.rep, replaces=laptop)
    assert on() == ["laptop", "desktop"]
    sessions.start(desk.deps, other, replaces=desktop)
    assert on() == ["laptop"]
    switch_on(phone, "phone")
    sessions.end_person(desk.deps, desk.rep.person_id, keep=again)
    assert on() == ["laptop"]
    reps.change_rep(desk.deps, WORKSPACE, desk.rep.id, is_active=False)
    reps.change_rep(desk.deps, WORKSPACE, desk.rep.id, is_active=True)
    assert on() == []


def test_an_expired_session_ends_its_push(desk):
    """A device of a session that lasts, or of none that is known, goes on."""
    now, found = desk.deps.now(), {}
    for name, agent in (("lasting", "a"), ("idle", "b"), ("old", "c")):
        found[name] = hash_of(sessions.start(desk.deps, desk.rep, agent=agent))
    rows = desk.deps.store.database.sessions
    rows.update_one({"_id": found["idle"]}, {"$set": {"expires_at": now}})
    rows.update_one({"_id": found["old"]}, {"$set": {"created_at": now - timedelta(days=91)}})
    for number, session in enumerate((*found.values(), "")):
        given = {"endpoint": f"https://push.example/{number}", "p256dh": P256DH, "auth": AUTH, "name": "Phone"}
        push_devices.subscribe(desk.deps, WORKSPACE, desk.rep.id, session=session, **given)
    sessions.end_push_of_ended(desk.deps, now)
    assert [one.session for one in push_devices.devices(desk.deps, WORKSPACE, desk.rep.id)] == [found["lasting"], ""]
