"""Open streams end with the right that opened them, and tell what the rep may see now, not what was so at their beginning."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from flask import Flask

from tests.live_messages import alert, event, presence, received
from tracker.actions.demo import demo
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.team import api_keys, passwords, reps, rights_changes, sessions
from tracker.actions.workspace import workspaces
from tracker.domain.live_message import RightsChanged
from tracker.domain.team.rep import Rep, Role
from tracker.domain.team.session import Session
from tracker.domain.workspace.workspace import Workspace


class Listener:
    """A client with an open stream: by key, or by a session's token."""

    def __init__(self, app: Flask, *, key: str = "", token: str = "", last: str = "") -> None:
        client = app.test_client()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if token:
            client.set_cookie("ll_session", token)
        self.answer = client.get("/api/v1/live", headers=headers | ({"Last-Event-ID": last} if last else {}))
        self._parts: Iterator[Any] = iter(self.answer.response)
        self.begin()

    def begin(self) -> None:
        """Until the server has joined the bus."""
        assert b": beat" in self._raw()

    def is_open(self, deps: Deps, workspace: str) -> bool:
        """Whether a message to all arrives: then the right was confirmed, and what comes later finds it confirmed."""
        deps.bus.publish(workspace, alert("is open"))
        return self.next() == received(alert("is open"))

    def _raw(self) -> bytes:
        part = next(self._parts)
        return part if isinstance(part, bytes) else part.encode()

    def next(self) -> tuple[str, dict[str, Any]] | None:
        """The next event's kind and data; nothing once the stream is over."""
        for part in self._parts:
            lines = dict(line.split(": ", 1) for line in (part if isinstance(part, str) else part.decode()).split("\n") if ": " in line)
            if "event" in lines:
                return lines["event"], json.loads(lines["data"])
        return None

    def close(self) -> None:
        self.answer.close()


@pytest.fixture
def listen(app: Flask) -> Iterator[Callable[..., Listener]]:
    made: list[Listener] = []

    def start(**how: str) -> Listener:
        made.append(Listener(app, **how))
        return made[-1]

    yield start
    for one in made:
        one.close()


def hire(deps: Deps, workspace: Workspace, name: str, role: Role = Role.REP) -> Rep:
    return reps.add_rep(deps, workspace.id, email=f"{name.lower()}@us.example", name=name, role=role)


def limit_to_own_leads(deps: Deps, workspace: Workspace) -> None:
    policy = deps.store.workspaces.get(workspace.id).policy
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(policy, reps_see="own"))


def test_a_removed_key_ends_its_streams_and_no_others(deps, workspace, listen):
    """At once, by the bus."""
    _, kept = api_keys.new_key(deps, workspace.id)
    gone_key, gone = api_keys.new_key(deps, workspace.id)
    stays, ends = listen(key=kept), listen(key=gone)
    assert stays.is_open(deps, workspace.id)
    assert ends.next()

    api_keys.remove_key(deps, workspace.id, gone_key.id)
    deps.bus.publish(workspace.id, alert("after"))

    assert ends.next() is None
    assert stays.next() == received(alert("after"))


LOSSES = (
    "signed out",
    "signed out elsewhere",
    "password changed",
    "deactivated",
    "demoted",
    "signed in anew",
    "moved",
    "workspace removed",
)


def lose(loss: str, deps: Deps, rep: Rep, token: str) -> None:
    """How a session, or a rep's key, loses what it had."""
    match loss:
        case "signed out":
            sessions.end(deps, token)
        case "signed out elsewhere":
            sessions.end_rep(deps, rep)
        case "password changed":
            passwords.set_password(deps, rep, "a quite unlikely sentence")
        case "deactivated":
            reps.change_rep(deps, rep.workspace, rep.id, is_active=False)
        case "demoted":
            reps.change_rep(deps, rep.workspace, rep.id, role="rep")
        case "signed in anew":
            sessions.start(deps, rep, replaces=token)
        case "moved":
            sessions.enter(deps, _session(deps, token), _elsewhere(deps))
        case _:
            workspaces.remove_workspace(deps, rep.workspace)


def _elsewhere(deps: Deps) -> Rep:
    return hire(deps, workspaces.add_workspace(deps, "Elsewhere"), "Rosa")


def _session(deps: Deps, token: str) -> Session:
    found = sessions.look(deps, token)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_session_that_lost_its_right_ends_its_stream(deps, workspace, listen, loss):
    """Every action gives notice on the bus; what is published after it is not delivered."""
    hire(deps, workspace, "Mara", Role.ADMIN)
    rep = hire(deps, workspace, "Rosa", Role.ADMIN)
    token = sessions.start(deps, rep)
    stream = listen(token=token)
    assert stream.is_open(deps, workspace.id)

    lose(loss, deps, rep, token)
    assert RightsChanged() in [entry.message for entry in deps.bus.follow(workspace.id, "0-0", 1)]
    deps.bus.publish(workspace.id, alert("after"))

    assert stream.next() is None


@pytest.mark.parametrize("loss", ["deactivated", "demoted", "workspace removed"])
def test_a_key_ends_with_its_rep(deps, workspace, listen, loss):
    """A rep's key has the rights of the rep."""
    hire(deps, workspace, "Mara", Role.ADMIN)
    rep = hire(deps, workspace, "Rosa", Role.ADMIN)
    stream = listen(key=api_keys.new_key(deps, workspace.id, rep=rep.id)[1])
    assert stream.is_open(deps, workspace.id)

    lose(loss, deps, rep, "")

    assert stream.next() is None


def test_a_session_that_went_home_ends_its_stream(deps, workspace, listen):
    """The same cookie, but another workspace: the stream was of the former one."""
    rep = hire(deps, workspace, "Rosa")
    token = sessions.start(deps, rep)
    stream = listen(token=token)
    there = _elsewhere(deps)
    assert stream.is_open(deps, workspace.id)

    deps.store.sessions.enter(_session(deps, token).id, there.workspace, there.id)
    rights_changes.changed(deps, workspace.id)

    assert stream.next() is None


def test_an_expired_session_ends_its_stream(deps, workspace, app, listen):
    """An open stream is no use of the session: it does not keep it alive."""
    rep = hire(deps, workspace, "Rosa")
    token = sessions.start(deps, rep)
    stream = listen(token=token)
    assert stream.is_open(deps, workspace.id)

    deps.store.sessions.rows.update_one({}, {"$set": {"expires_at": deps.now()}})
    rights_changes.changed(deps, workspace.id)

    assert stream.next() is None


def test_a_removed_demo_ends_its_streams(deps, workspace, listen):
    """It goes together with all that Redis remembers of it, but for the notice."""
    made = deps.store.workspaces.add(Workspace(id=demo.DEMO, name="Demo", created_at=deps.now(), is_demo=True))
    stream = listen(key=api_keys.new_key(deps, made.id)[1])
    assert stream.is_open(deps, made.id)

    demo.remove_demo(deps)

    assert stream.next() is None
    assert deps.redis.ttl(f"ll:bus:{demo.DEMO}") > 0


def test_the_notice_itself_is_for_no_client(deps, workspace, listen):
    """Neither live nor among what a client has missed."""
    _, text = api_keys.new_key(deps, workspace.id)
    stream = listen(key=text)
    for _ in range(3):
        rights_changes.changed(deps, workspace.id)
    deps.bus.publish(workspace.id, alert("a"))

    assert stream.next() == received(alert("a"))
    assert listen(key=text, last="0-1").next() == received(alert("a"))


def test_a_message_of_another_version_is_left_out(deps, workspace, listen):
    """A kind or a form that this version does not know ends no stream, live or missed."""
    _, text = api_keys.new_key(deps, workspace.id)
    stream = listen(key=text)
    for fields in (
        {"kind": "unknown", "data": "{}"},
        {"kind": "alert", "data": '{"id": 1}'},
        {"kind": "event", "data": "["},
        {"other": "x"},
    ):
        deps.redis.xadd(f"ll:bus:{workspace.id}", fields)
    deps.bus.publish(workspace.id, alert("a"))

    assert stream.next() == received(alert("a"))
    assert listen(key=text, last="0-1").next() == received(alert("a"))


def test_own_leads_only_takes_effect_in_open_streams(deps, workspace, listen):
    """From the change of the policy on; own leads and those without an owner remain."""
    mara, rosa = hire(deps, workspace, "Mara"), hire(deps, workspace, "Rosa")
    hers = leads.add_lead(deps, workspace.id, email="a@acme.example", name="A", owner=mara.id).id
    own = leads.add_lead(deps, workspace.id, email="b@acme.example", name="B", owner=rosa.id).id
    free = leads.add_lead(deps, workspace.id, email="c@acme.example", name="C").id
    stream = listen(token=sessions.start(deps, rosa))
    deps.bus.publish(workspace.id, event("e1", lead=hers))
    assert stream.next() == received(event("e1", lead=hers))

    limit_to_own_leads(deps, workspace)
    for lead in (hers, "no such lead"):
        deps.bus.publish_many(workspace.id, [event("e2", lead=lead), presence(lead=lead), alert("a2", lead=lead)])
    deps.bus.publish(workspace.id, event("e3", lead=None))
    deps.bus.publish(workspace.id, event("e4", lead=own))
    deps.bus.publish(workspace.id, event("e5", lead=free))

    assert [stream.next(), stream.next()] == [received(event("e4", lead=own)), received(event("e5", lead=free))]


def test_a_lead_that_changed_hands_is_heard_by_its_owner_alone(deps, workspace, listen):
    """Ownership is looked up for every message."""
    limit_to_own_leads(deps, workspace)
    mara, rosa = hire(deps, workspace, "Mara"), hire(deps, workspace, "Rosa")
    lead = leads.add_lead(deps, workspace.id, email="a@acme.example", name="A", owner=rosa.id).id
    other = leads.add_lead(deps, workspace.id, email="b@acme.example", name="B", owner=rosa.id).id
    stream = listen(key=api_keys.new_key(deps, workspace.id, rep=rosa.id)[1])
    deps.bus.publish(workspace.id, event("e1", lead=lead))
    assert stream.next() == received(event("e1", lead=lead))

    leads.change_lead(deps, workspace.id, lead, owner=mara.id)
    deps.bus.publish(workspace.id, alert("a2", lead=lead, rep=rosa.id))
    deps.bus.publish(workspace.id, event("e3", lead=lead))
    deps.bus.publish(workspace.id, event("e4", lead=other))
    first = stream.next()
    while first and first[1].get("lead") == other and first[1]["id"] != "e4":
        first = stream.next()

    assert first == received(event("e4", lead=other))


def test_who_comes_back_hears_what_may_be_seen_now(deps, workspace, listen):
    """Also of messages that were published while the rep could see them."""
    mara, rosa = hire(deps, workspace, "Mara"), hire(deps, workspace, "Rosa")
    hers = leads.add_lead(deps, workspace.id, email="a@acme.example", name="A", owner=mara.id).id
    own = leads.add_lead(deps, workspace.id, email="b@acme.example", name="B", owner=rosa.id).id
    deps.bus.publish(workspace.id, event("e1", lead=hers))
    deps.bus.publish(workspace.id, event("e2", lead=own))
    _, text = api_keys.new_key(deps, workspace.id, rep=rosa.id)
    assert listen(key=text, last="0-1").next() == received(event("e1", lead=hers))

    limit_to_own_leads(deps, workspace)

    assert listen(key=text, last="0-1").next() == received(event("e2", lead=own))


def test_a_backlog_is_delivered_whole_and_in_order(deps, workspace, listen):
    """Several pages of it, then what is new, each once."""
    deps.bus.publish_many(workspace.id, [event(f"e{number}") for number in range(450)])
    stream = listen(key=api_keys.new_key(deps, workspace.id)[1], last="0-1")
    first = stream.next()
    deps.bus.publish(workspace.id, event("e450"))

    assert [first, *(stream.next() for _ in range(450))] == [received(event(f"e{number}")) for number in range(451)]


def test_alerts_of_a_rep_who_sees_own_leads_only(deps, workspace, listen):
    """Own and the team's, about leads that the rep may see; a test or an alarm has no lead."""
    limit_to_own_leads(deps, workspace)
    mara, rosa = hire(deps, workspace, "Mara"), hire(deps, workspace, "Rosa")
    hers = leads.add_lead(deps, workspace.id, email="a@acme.example", name="A", owner=mara.id).id
    free = leads.add_lead(deps, workspace.id, email="c@acme.example", name="C").id
    stream = listen(key=api_keys.new_key(deps, workspace.id, rep=rosa.id)[1])
    rows = [(hers, None, 1), (hers, rosa.id, 2), (free, mara.id, 3), ("", mara.id, 4), (free, None, 5), ("", rosa.id, 6), ("", None, 7)]

    for lead, rep, number in rows:
        deps.bus.publish(workspace.id, alert(str(number), lead=lead, rep=rep))
    heard = [stream.next() for _ in range(3)]

    assert [found and found[1]["id"] for found in heard] == ["5", "6", "7"]
