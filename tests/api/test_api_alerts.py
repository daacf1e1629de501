"""Alerts: their lists, what is done with them, and their deliveries."""

from datetime import timedelta

import pytest

from tests.api.samples import add_alert
from tracker.actions.alerting import channels
from tracker.actions.workspace import teams
from tracker.base.clock import to_ms
from tracker.domain.alerting.alert import AlertRule, AlertState, Times
from tracker.domain.alerting.delivery import MOST_TRIES_KEPT, DeliveryResult, DeliveryState, DeliveryTry
from tracker.domain.team.rep import Role
from tracker.domain.workspace.slack_app import SlackApp
from tracker.store.alerting.alerts import AlertView


@pytest.fixture
def known(api, deps, workspace, hire):
    """Rosa and Ivo, a lead of Rosa's, and an alert for her."""
    (rosa, hers), (_, his) = hire("Rosa"), hire("Ivo")
    lead = api.lead(owner=rosa.id)["id"]
    return rosa, hers, his, lead, add_alert(deps, workspace.id, lead, rosa.id)


def listed(program, query):
    answer = program.get(f"/alerts?{query}")
    assert answer.status_code == 200, answer.text
    return [alert["id"] for alert in answer.json["items"]]


def test_lists_follow_what_is_done_with_alerts(deps, workspace, known):
    """Mine and unread leave out what is done, snoozed or withdrawn; unread also what is not confirmed. A snoozed alert returns unread."""
    rosa, hers, his, lead, ids = known
    alert, here = ids["alert"], deps.store.of(workspace.id).alerts
    unsure = add_alert(deps, workspace.id, lead, rosa.id, state=AlertState.UNSURE)["alert"]
    withdrawn = add_alert(deps, workspace.id, lead, rosa.id, state=AlertState.WITHDRAWN)["alert"]
    team = add_alert(deps, workspace.id, lead, None, at=deps.now() - timedelta(days=1))["alert"]

    assert set(listed(hers, "view=mine")) == {alert, unsure, team}
    assert listed(hers, "view=unread") == [alert, team]
    assert set(listed(hers, "view=all")) == set(listed(hers, "")) == {alert, unsure, withdrawn, team}
    assert listed(his, "view=unread") == [team]

    done = hers.patch(f"/alerts/{alert}", {"state": "done"}).json
    assert (done["done_by"], done["done_at"] is not None, done["seen_at"] is not None) == (rosa.id, True, True)
    assert (listed(hers, "view=unread"), listed(hers, "view=done")) == ([team], [alert])
    again = hers.patch(f"/alerts/{alert}", {"state": "unread"}).json
    assert (again["done_by"], again["done_at"], again["seen_at"]) == (None, None, None)

    until = deps.now() + timedelta(minutes=30)
    snoozed = hers.patch(f"/alerts/{team}", {"snooze_until": until.isoformat()}).json
    assert snoozed["snoozed_until"] is not None
    assert (listed(hers, "view=unread"), listed(hers, f"view=mine&lead={lead}&limit=1")) == ([alert], listed(hers, "view=mine&limit=1"))
    here.seen(rosa.id, deps.now())  # the bell is opened meanwhile
    back = here.box(AlertView.UNREAD, rosa.id, until + timedelta(seconds=1)).items
    assert [one.id for one in back] == [team], "it comes back by itself, and unread"
    assert hers.patch(f"/alerts/{team}", {"snooze_until": None}).json["snoozed_until"] is None
    assert listed(hers, "view=unread") == [team]
    first = hers.get("/alerts?view=mine&limit=1").json
    assert set(listed(hers, f"view=mine&cursor={first['next']}")) | {first["items"][0]["id"]} == {alert, unsure, team}


def test_becoming_loud_brings_an_alert_back(deps, workspace, known):
    """An alert that became loud is unread, though it was done; a change of its text leaves it done."""
    rosa, hers, _, _, ids = known
    here = deps.store.of(workspace.id).alerts
    hers.patch(f"/alerts/{ids['alert']}", {"state": "done"})
    here.save([here.get(ids["alert"])])
    assert listed(hers, "view=mine") == []
    here.unsee([ids["alert"]])
    assert listed(hers, "view=unread") == [ids["alert"]] == [one.id for one in here.box(AlertView.MINE, rosa.id, deps.now()).items]


def test_whether_it_was_useful_is_kept_with_who_and_when(deps, workspace, known):
    """Null takes it back."""
    rosa, hers, _, _, ids = known
    path, here = f"/alerts/{ids['alert']}", deps.store.of(workspace.id).alerts
    assert hers.patch(path, {"useful": False}).json["useful"] is False
    kept = here.get(ids["alert"]).feedback
    assert (kept.by, kept.useful, abs(to_ms(kept.at) - to_ms(deps.now())) < 60_000) == (rosa.id, False, True)
    assert hers.patch(path, {"useful": None}).json["useful"] is None
    assert here.get(ids["alert"]).feedback is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"state": "gone"}, "state"),
        ({"state": None}, "state"),
        ({"snooze_until": "2020-01-01T00:00:00Z"}, "snooze_until"),
        ({"snooze_until": "9999-01-01T00:00:00Z"}, "snooze_until"),
        ({"snooze_until": "0001-01-01T00:00:00+14:00"}, "snooze_until"),
        ({"snooze_until": "tomorrow"}, "snooze_until"),
        ({"state": "done", "snooze_until": "2090-01-01T00:00:00Z"}, "snooze_until"),
        ({"useful": "no"}, "useful"),
    ],
)
def test_what_cannot_be_done_is_refused(known, body, field):
    """422 with the field."""
    answer = known[1].patch(f"/alerts/{known[4]['alert']}", body)
    assert (answer.status_code, field in answer.text) == (422, True), answer.text


def test_the_recipient_and_their_managers_deal_with_an_alert(deps, workspace, known, hire):
    """Where all see all leads, a colleague reads the alert and its deliveries, and changes nothing; nor does another team's manager."""
    rosa, hers, his, lead, ids = known
    path = f"/alerts/{ids['alert']}"
    (_, boss), (stranger, other) = hire("Max", Role.MANAGER), hire("Mia", Role.MANAGER)
    assert boss.patch(path, {"useful": True}).status_code == 200, "without teams, every manager is theirs"
    max_id = next(rep.id for rep in deps.store.of(workspace.id).reps.active() if rep.name == "Max")
    teams.add_team(deps, workspace.id, name="North", members=[rosa.id], leader=max_id)
    teams.add_team(deps, workspace.id, name="South", members=[], leader=stranger.id)

    tried = {"his": his, "other": other, "hers": hers, "boss": boss}
    assert {name: one.patch(path, {"state": "done"}).status_code for name, one in tried.items()} == {
        "his": 403,
        "other": 403,
        "hers": 200,
        "boss": 200,
    }
    assert his.get(f"{path}/deliveries").status_code == 200
    assert his.post(f"{path}/deliveries/{ids['delivery']}/retry").status_code == 403
    team = add_alert(deps, workspace.id, lead, None)["alert"]
    assert his.patch(f"/alerts/{team}", {"state": "done"}).status_code == 200, "the team's alerts belong to all who see them"


def test_a_failed_delivery_is_sent_again(deps, workspace, known):
    """With its log: once, only while its alert stands, and only through a channel that is on."""
    rosa, hers, _, _, ids = known
    path = f"/alerts/{ids['alert']}/deliveries"
    here = deps.store.of(workspace.id)
    (log,) = hers.get(path).json["items"]
    assert (log["state"], log["next_try"], [one["result"] for one in log["tries"]]) == ("failed", None, ["given_up"])
    assert log["tries"][0]["reason"] == "550 no such mailbox"

    retry = f"{path}/{ids['delivery']}/retry"
    assert hers.post(retry).status_code == 409, "the channel is not set up"
    channel = channels.set_channel(deps, workspace.id, rosa.id, "email", {"address": "rosa@us.example"})
    here.channels.disable(channel, "refused")
    assert hers.post(retry).status_code == 409, "the channel is off"
    channels.set_channel(deps, workspace.id, rosa.id, "email", {"address": "rosa.s@us.example"})
    answer = hers.post(retry)
    assert (answer.status_code, answer.json["state"], answer.json["attempts"]) == (200, "due", 0), answer.text
    assert (answer.json["next_try"] is not None, answer.json["tries"][-1]["result"]) == (True, "sent_again")
    assert hers.post(retry).status_code == 409
    assert hers.post(f"{path}/{'ab' * 16}/retry").status_code == 404
    assert deps.store.delivery_queue.claim(deps.now() + timedelta(seconds=1)).id == ids["delivery"]


def test_dead_letters_are_listed_and_sent_again(api, deps, workspace, known):
    """The latest first, page by page, with the reason; for admins. One that was sent again or arrived is none."""
    rosa, hers, _, _, ids = known
    lead = deps.store.of(workspace.id).alerts.get(ids["alert"]).lead
    newer = add_alert(deps, workspace.id, lead, None)["delivery"]
    first = api.get("/deliveries?limit=1").json
    second = api.get(f"/deliveries?limit=1&cursor={first['next']}").json
    assert [one["id"] for page in (first, second) for one in page["items"]] == [newer, ids["delivery"]]
    assert (second["items"][0]["error"], second["items"][0]["alert"], second["next"]) == ("550 no such mailbox", ids["alert"], None)

    assert hers.get("/deliveries").status_code == 403
    assert api.post(f"/deliveries/{ids['delivery']}/replay").status_code == 409, "the channel is not set up"
    channels.set_channel(deps, workspace.id, rosa.id, "email", {"address": "rosa@us.example"})
    assert api.post(f"/deliveries/{ids['delivery']}/replay").json["state"] == "due"
    assert [one["id"] for one in api.get("/deliveries").json["items"]] == [newer]


def test_latency_is_measured_by_channel_and_step(api, deps, workspace, known):
    """From the stored times of each delivery that arrived in the period; other workspaces, tests and older ones do not count."""
    here, now = deps.store.of(workspace.id), deps.now()
    lead = here.alerts.get(known[4]["alert"]).lead

    def arrived(seconds, *, days=0, **values):
        at = now - timedelta(days=days)
        begin = at - timedelta(seconds=seconds)
        times = Times(event=begin, verdict=begin + timedelta(milliseconds=100), decided=begin + timedelta(milliseconds=300))
        found = add_alert(deps, workspace.id, lead, None, times=times, **values)
        done = {"state": DeliveryState.DELIVERED, "first_try_at": begin + timedelta(milliseconds=400), "at": at}
        deps.store.delivery_queue.finish([here.deliveries.get(found["delivery"])], **done)

    for seconds in (1, 2, 3, 60):
        arrived(seconds)
    arrived(900, days=8)
    arrived(900, rule=AlertRule.TEST)
    found = api.get("/deliveries/latency").json
    steps = {one["step"]: (one["p50_ms"], one["p95_ms"], one["p99_ms"]) for one in found["steps"]}
    assert {one["channel"] for one in found["steps"]} == {"email"}
    assert {one["count"] for one in found["steps"]} == {4}
    assert (found["days"], found["is_complete"]) == (7, True)
    assert steps == {
        "verdict": (100, 100, 100),
        "decision": (200, 200, 200),
        "first_try": (100, 100, 100),
        "delivery": (1600, 59_600, 59_600),
        "total": (2000, 60_000, 60_000),
    }
    assert {one["count"] for one in api.get("/deliveries/latency?days=30").json["steps"]} == {5}


def test_the_log_of_a_delivery_is_bounded(deps, workspace, known):
    """The last 20 tries are kept, in order, whatever the result writes."""
    here, queue = deps.store.of(workspace.id).deliveries, deps.store.delivery_queue
    found, now = here.get(known[4]["delivery"]), deps.now()
    for number in range(MOST_TRIES_KEPT + 3):
        tried = DeliveryTry(at=now, result=DeliveryResult.FAILED, reason=f"$try {number}", next_at=now)
        if number % 2:
            queue.finish([found], state=DeliveryState.DUE, tried=tried)
        else:
            queue.delivered([found], settled=0, again_at=now, tried=tried)
    assert [one.reason for one in here.get(found.id).tries] == [f"$try {number}" for number in range(3, MOST_TRIES_KEPT + 3)]


def test_the_slack_app_is_shown_without_its_secrets(api, deps, workspace):
    """To which company it belongs and where it writes."""
    assert api.get("/slack-app").json["is_connected"] is False
    secrets = {"bot_token": "xoxb-secret", "signing_secret": "signing-secret"}
    app = SlackApp(team="T01", team_name="Acme", bot="B01", channel="#sales", rule_channels={"form": "#inquiries"}, **secrets)
    deps.store.workspaces.change(workspace.id, slack_app=app)
    found = api.get("/slack-app")
    assert found.json == {
        "is_connected": True,
        "team": "T01",
        "team_name": "Acme",
        "channel": "#sales",
        "rule_channels": {"form": "#inquiries"},
    }
    assert "secret" not in found.text
