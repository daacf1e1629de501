"""The Slack app: direct messages with buttons, signed requests, each button for its recipient alone, and answers to who is on."""

import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from notifier.routing import EDIT_EVERY
from tests.apps import console_app
from tests.console.conftest import Browser
from tests.notifier.conftest import START, WORKSPACE, Desk
from tests.notifier.receivers import Receiver, answer
from tracker.actions.alerting.receivers import receivers_of
from tracker.actions.slack import app as slack
from tracker.actions.slack.answers import NOT_LINKED
from tracker.actions.slack.buttons import NOT_YOURS
from tracker.actions.team import sessions
from tracker.base.clock import to_ms
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.team.rep import Rep, Role
from tracker.links.keys import Keys
from tracker.rules.alerting.routes import deliveries_for
from tracker.rules.verdicts.first import PERSON
from tracker.store.ops.audit import AuditQuery
from tracker.web.api.cookies import SESSION, full_name

SLACK = ChannelName.SLACK
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
OK = b'{"ok": true, "channel": "D1", "ts": "17.2"}'


def says(**values: Any) -> Callable[..., None]:
    return answer(200, json.dumps(values).encode())


@pytest.fixture
def linked(desk: Desk, hook: Receiver) -> Desk:
    """The app is set, and the rep is linked."""
    hook.script = [says(ok=True, team_id="T1", team="Northwind", user_id="UBOT"), says(ok=True, user={"id": "U1"})]
    slack.set_app(desk.deps, WORKSPACE, bot_token="xoxb-1", signing_secret=SECRET, channel="#sales", rules={"form": "#inquiries"})
    slack.link_rep(desk.deps, WORKSPACE, desk.rep)
    hook.calls.clear()
    hook.otherwise = answer(200, OK)
    return desk


class SlackSide:
    """Slack, as it calls the console."""

    def __init__(self, desk: Desk, client: FlaskClient, hook: Receiver) -> None:
        self.desk, self.client, self.hook = desk, client, hook

    def send(
        self, path: str, body: str, *, secret: str = SECRET, age: int = 0, signature: str | None = None, kind: str = ""
    ) -> TestResponse:
        stamp = str(int(self.desk.clock[0].timestamp()) - age)
        signed = "v0=" + hmac.digest(secret.encode(), f"v0:{stamp}:{body}".encode(), "sha256").hex()
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed if signature is None else signature}
        return self.client.post(
            f"/slack/{WORKSPACE}/{path}", data=body, headers=headers, content_type=kind or "application/x-www-form-urlencoded"
        )

    def press(self, action: str, alert: str, user: str = "U1", team: str = "T1", **more: Any) -> TestResponse:
        payload = {
            "type": "block_actions", "user": {"id": user}, "team": {"id": team}, "trigger_id": new_id(),
            "response_url": f"{self.hook.url}/response", "actions": [{"action_id": action, "value": alert}],
        }  # fmt: skip
        return self.send("buttons", urlencode({"payload": json.dumps(payload)}), **more)

    def told(self) -> list[str]:
        """What the person was told, beside the message."""
        return [call.json["text"] for call in self.hook.calls if call.path == "/response"]


@pytest.fixture
def side(linked: Desk, hook: Receiver) -> SlackSide:
    Keys.load(linked.deps.settings.signing_keys_file)
    return SlackSide(linked, console_app(linked.deps).test_client(), hook)


def test_an_alert_is_a_direct_message_with_buttons(linked: Desk, hook: Receiver):
    """It is edited when someone takes the alert elsewhere, and loses its buttons when it is withdrawn."""
    alert = linked.alert(SLACK)
    linked.deliver()
    (call,) = hook.calls
    buttons = call.json["blocks"][-1]["elements"]
    assert (call.path, call.json["channel"], call.headers["authorization"]) == ("/api/chat.postMessage", "U1", "Bearer xoxb-1")
    assert [one["text"]["text"] for one in buttons] == ["Call", "On it", "Snooze", "Not useful", "That was me", "Automatic"]
    assert {one["value"] for one in buttons} == {alert.id}
    assert buttons[0]["url"] == f"https://leads.example.com/today/{linked.lead.id}/call"
    linked.pass_time(seconds=EDIT_EVERY.seconds + 1)
    linked.withdraw(alert)
    linked.deliver()
    edited = hook.calls[-1]
    assert (edited.path, edited.json["ts"]) == ("/api/chat.update", "17.2")
    assert all(block["type"] != "actions" for block in edited.json["blocks"])


def test_alerts_of_the_team_go_to_the_channel_of_their_rule(linked: Desk, hook: Receiver):
    """Else to the team's. The channel of a rule gets the alerts of owned leads too, besides the owner."""
    linked.alert(SLACK, rep=None, rule=AlertRule.FORM, cause="f")
    linked.alert(SLACK, rep=None, cause="g")
    linked.deliver()
    assert sorted(call.json["channel"] for call in hook.calls) == ["#inquiries", "#sales"]
    hook.calls.clear()
    owned = [linked.alert(rule=rule, cause=rule.value) for rule in (AlertRule.FORM, AlertRule.CLICK)]
    receivers = receivers_of(linked.deps, linked.deps.store.workspaces.get(WORKSPACE))
    linked.store.deliveries.open_once(row for one in owned for row in deliveries_for(one, receivers, linked.clock[0]))
    linked.pass_time(seconds=1)
    linked.deliver()
    assert sorted((call.json["channel"], call.json["blocks"][-1]["type"]) for call in hook.calls) == [
        ("#inquiries", "actions"),
        ("U1", "actions"),
        ("U1", "actions"),
    ]


def test_the_app_is_checked_and_its_secrets_are_encrypted(linked: Desk, hook: Receiver):
    """An address that no one in Slack has links no one; without the app nothing is sent."""
    row = linked.deps.store.database.workspaces.find_one({"_id": WORKSPACE})
    assert SECRET not in str(row)
    assert "xoxb-1" not in str(row)
    hook.script = [says(ok=False, error="invalid_auth"), says(ok=False, error="users_not_found")]
    with pytest.raises(Invalid, match="invalid_auth"):
        slack.set_app(linked.deps, WORKSPACE, bot_token="xoxb-2", signing_secret=SECRET)
    with pytest.raises(Invalid, match="belongs to no one"):
        slack.link_rep(linked.deps, WORKSPACE, linked.rep)
    slack.remove_app(linked.deps, WORKSPACE)
    assert linked.store.channels.all() == []


def test_the_buttons_act_as_in_the_console(side: SlackSide):
    """On it shows in the message; the others answer the person who pressed; a correction is stored with its author."""
    desk = side.desk
    event = Event(
        id=new_id(), workspace=WORKSPACE, kind=EventKind.CLICK, at=START, received=START, verdict=PERSON, lead=desk.lead.id, message=new_id()
    )  # fmt: skip
    desk.store.events.add(event)
    alert = desk.alert(SLACK, cause=event.id)
    desk.deliver()
    for action in ("taken", "snooze", "not_useful", "automatic", "call"):
        assert side.press(action, alert.id).status_code == 200
    found = desk.store.alerts.get(alert.id)
    desk.pass_time(seconds=EDIT_EVERY.seconds + 1)
    desk.deliver()

    assert (found.taken_by, found.snoozed_until is not None, found.feedback.useful) == (desk.rep.id, True, False)
    assert desk.store.events.get(event.id).correction == "machine"
    assert side.told() == ["Snoozed for 30 minutes: it is unread again then.", "Marked as not useful."]
    assert "On it: Rita" in json.dumps(side.hook.calls[-1].json)


@pytest.mark.parametrize(
    "forged",
    [{"secret": "other"}, {"age": 301}, {"age": -301}, {"signature": ""}, {"signature": "v0=" + "0" * 64}, {"signature": "é"}, {"team": "T2"}],
    ids=["secret", "old", "future", "none", "zeros", "letters", "company"],
)  # fmt: skip
def test_what_is_not_slacks_is_refused(side: SlackSide, forged: dict[str, Any]):
    """403, and nothing happens."""
    alert = side.desk.alert(SLACK)
    assert side.press("taken", alert.id, **forged).status_code == 403
    assert side.desk.store.alerts.get(alert.id).taken_at is None


def test_a_repeated_request_is_refused(side: SlackSide):
    """The same bytes again, also just before the time limit."""
    body = urlencode({"payload": json.dumps({"type": "block_actions", "user": {"id": "U1"}, "team": {"id": "T1"}, "actions": []})})
    assert side.send("buttons", body).status_code == 200
    side.desk.pass_time(seconds=299)
    assert side.send("buttons", body, age=299).status_code == 403


def test_each_button_acts_for_its_recipient_alone(side: SlackSide):
    """Another rep, a person without a rep, an alert of another one or of none: an answer, and no change."""
    desk = side.desk
    other = desk.store.reps.add(Rep(id=new_id(), workspace=WORKSPACE, email="o@northwind.example", name="Otto", created_at=START))
    mine, others = desk.alert(SLACK), desk.alert(rep=other.id, cause="o")
    side.hook.script = [says(ok=True, user={"id": "U2"})]
    slack.link_rep(desk.deps, WORKSPACE, other)
    for alert, user in ((mine.id, "U2"), (others.id, "U1"), (mine.id, "U9"), ("0" * 32, "U1")):
        assert side.press("taken", alert, user).status_code == 200
    desk.store.reps.change(desk.rep.id, is_active=False)
    side.press("taken", mine.id)

    assert side.told() == [NOT_YOURS, NOT_YOURS, NOT_LINKED, NOT_YOURS, NOT_LINKED]
    assert [desk.store.alerts.get(one.id).taken_at for one in (mine, others)] == [None, None]


def test_who_is_on_is_answered(side: SlackSide):
    """To the command, to a mention (for the one who asks alone), and to a direct message; once for each event, never to itself."""
    desk, now = side.desk, to_ms(side.desk.clock[0])
    state = Presence(visitor="v", lead=desk.lead.id, url="https://www.us.example/pricing", title="<!channel> Pricing", since=now, last=now)
    desk.deps.bus.set_presence(WORKSPACE, {"v": state})
    answered = side.send("command", urlencode({"team_id": "T1", "user_id": "U1", "text": "who is on?"})).json
    stranger = side.send("command", urlencode({"team_id": "T1", "user_id": "U9", "text": "who is on?"})).json
    assert answered["response_type"] == "ephemeral"
    assert "Dana Whitfield (Acme)" in answered["text"]
    assert "<!channel>" not in answered["text"]
    assert stranger["text"] == NOT_LINKED

    def event(number: int, **values: Any) -> TestResponse:
        given = {"type": "app_mention", "user": "U1", "channel": "C1", "text": "<@UBOT> who is on?"} | values
        body = {"type": "event_callback", "team_id": "T1", "event_id": f"E{number}", "event": given, "sent": new_id()}
        return side.send("events", json.dumps(body), kind="application/json")

    for number in (1, 1):
        assert event(number).status_code == 200
    event(2, type="message", channel_type="im", channel="D1")
    event(3, type="message", channel_type="im", user="UBOT")
    event(4, type="message", channel_type="channel")
    assert [(call.path, call.body.decode().count("Dana")) for call in side.hook.calls] == [
        ("/api/chat.postEphemeral", 1),
        ("/api/chat.postMessage", 1),
    ]
    challenge = side.send("events", json.dumps({"type": "url_verification", "challenge": "abc"}), kind="application/json")
    assert challenge.json == {"challenge": "abc"}


def test_without_an_app_there_is_no_endpoint(desk: Desk, hook: Receiver):
    """404, whatever the signature; a delivery says what is missing."""
    Keys.load(desk.deps.settings.signing_keys_file)
    side = SlackSide(desk, console_app(desk.deps).test_client(), hook)
    assert side.press("taken", "x").status_code == 404
    desk.channel(SLACK, member="U1")
    alert = desk.alert(SLACK)
    desk.deliver()
    assert desk.delivery(alert, SLACK).state is DeliveryState.FAILED


def test_the_settings_are_audited_without_their_secrets(side: SlackSide):
    """Set, refused by Slack, connected and removed; only admins set it."""
    desk = side.desk
    browser, url = Browser(side.client), desk.deps.settings.public_url

    def sent(path: str, *script: Callable[..., None], **form: str) -> int:
        side.hook.script = list(script)
        return browser.post(f"/settings/slack{path}", form, base_url=url, headers={"Origin": url}).status_code

    token = sessions.start(desk.deps, desk.rep)
    browser.client.set_cookie(full_name(desk.deps.settings, SESSION), token, domain="leads.example.com", secure=True)
    assert browser.get("/settings/alerts", base_url=url).status_code == 200
    desk.store.reps.change(desk.rep.id, role=Role.REP)
    assert sent("", bot_token="xoxb-9", signing_secret="s9") == 403
    desk.store.reps.change(desk.rep.id, role=Role.ADMIN)
    assert sent("", says(ok=False, error="invalid_auth"), bot_token="xoxb-9", signing_secret="s9") == 303
    assert sent("", says(ok=True, team_id="T2", team="Northwind", user_id="UBOT"), bot_token="xoxb-2", signing_secret="s2") == 303
    assert sent("/connect", says(ok=True, user={"id": "U1"})) == 303
    assert sent("/remove") == 303
    entries = desk.store.audit.page(AuditQuery(), limit=50).items

    assert [(entry.action, entry.actor.id) for entry in entries[::-1]] == [
        (action, desk.rep.id) for action in ("settings_changed", "channel_changed", "settings_changed")
    ]
    assert not any(secret in str(entry) for entry in entries for secret in ("xoxb", "s2", SECRET))
