"""F18, F19: malformed bodies and rows, and a lead that crashes every worker: they are quarantined, the rest is processed."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.rig.dataset import ORIGIN, Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.stack import FaultStack
from tests.faults.rig.state import assert_stored_once, settle
from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.base.ids import new_id
from tracker.spool import layout
from tracker.spool.file import SpoolFile
from tracker.store.activity.dirty_marks import TRIES
from workers.drain.process import Drain

DEEP = b"[" * 30_000
NASTY = [
    b"\xff\xfe\x00",
    DEEP,
    b'{"site":' * 9_000,
    b'{"site":"\\ud800","visitor":"v","events":[]}',
    b'{"site":"s","visitor":{"$ne":null},"events":[{"id":"e","kind":"view","page":"p","url":"https://x.example/","ago_ms":1e400}]}',
    b"1" * 60_000,
    b'"' + b"\\u0000" * 10_000 + b'"',
]


def _values(site: str) -> st.SearchStrategy[Any]:
    texts = st.one_of(st.text(max_size=40), st.sampled_from(["$where", "a.b", "\x00", "\ud800", "x" * 70_000, "__proto__", "", site]))
    numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([2**63, -(2**70), 1e308, -0.0]))
    simple = st.one_of(texts, numbers, st.booleans(), st.none())
    keys = st.sampled_from(["id", "kind", "page", "url", "ago_ms", "title", "referrer", "active_ms", "scroll", "target", "fields", "more"])
    good = {"id": "e", "kind": "view", "page": "p", "url": f"{ORIGIN}/", "ago_ms": 0}
    changed = st.dictionaries(keys, st.one_of(simple, st.dictionaries(texts, texts, max_size=3)), max_size=3)
    events = st.lists(changed.map(lambda more: good | more), max_size=3)
    return st.fixed_dictionaries({"site": st.one_of(st.just(site), texts), "visitor": st.one_of(st.just("v"), simple), "events": events})


def test_no_body_stops_the_edge_or_the_drain(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger):
    """Any POST to /e gets 204 or 4xx; nothing restarts; later events are stored."""
    before = {name: row["pid"] for name, row in stack.ps().items()}
    statuses: set[int] = set()
    with httpx.Client(timeout=10, trust_env=False) as client:

        def post(body: bytes) -> None:
            statuses.add(client.post(f"{stack.edge}/e", content=body, headers={"Content-Type": "text/plain"}).status_code)

        @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(_values(company.site))
        def post_anything(value: Any) -> None:
            post(json.dumps(value).encode("utf-8", "surrogatepass"))

        for body in NASTY:
            post(body)
        post_anything()
    [recipient] = company.add_leads(1)
    load.open(recipient)
    settle(company)

    assert statuses <= {204, 400, 413}
    assert before == {name: row["pid"] for name, row in stack.ps().items()}
    assert company.store.events.of_lead(recipient.lead)[-1].kind == "open"
    assert sum(1 for event in company.store.events.of_lead(recipient.lead) if event.kind == "open") == 1


POISON: list[dict[str, Any]] = [
    {"active_ms": 2**70, "kind": "beat", "visitor": "v", "page": "p"},
    {"link": 2**64},
    {"at": 10**17},
    {"at": -(10**17)},
    {"received": 2**62},
    {"workspace": "zz"},
    {"workspace": ""},
    {"message": "1"},
    {"id": "00"},
    {"kind": "head", "fields": {"a\x00b": "1"}},
    {"kind": "head", "fields": {"$where": "1", "a.b": {"$ne": 1}}},
    {"kind": "submit", "visitor": "v", "page": "p", "fields": {"\x00": "\x00", "$set": "1"}},
    {"visitor": "v\x00", "kind": "view", "page": "\x00"},
    {"landing": "11" * 16, "landing_at": 10**18, "kind": "view", "visitor": "v"},
    {"headers": {"accept\x00": "x"}},
    {"kind": "nothing of ours"},
]


@pytest.mark.parametrize("place", [0, 499, 999])
def test_poison_rows_among_a_thousand(deps: Deps, place: int):
    """All valid rows are stored, the drain does not crash, and other rows are quarantined with a reason."""
    scene: Scene = make_scene(deps)
    message = scene.message(scene.lead())
    good = [layout.encode(scene.open(message, NOON + timedelta(milliseconds=n))) for n in range(1000)]
    base = {"workspace": scene.workspace.id, "kind": "open", "received": to_ms(NOON), "at": to_ms(NOON), "message": message.id}
    bad = [
        json.dumps({"address": "", "agent": "x", "method": "GET", "headers": {}, "id": new_id(), **base, **more}).encode()
        for more in POISON
    ]
    bad += [b"", b"\xff" * 100, DEEP, b'{"id":"\\ud800"}', b"null", b"[]"]
    file = SpoolFile(deps.settings.spool_dir)
    for number in range(0, 1000, 100):
        file.append(good[number : number + 100] + (bad if number <= place < number + 100 else []))
    file.close()
    drain = Drain(deps)
    while drain.step():
        pass

    kept = {event.id for event in scene.store.events.of_lead(message.lead, limit=5000)}
    assert {layout.decode(body).id for body in good} <= kept
    aside = deps.store.quarantine.count()
    assert 6 <= aside <= len(bad)
    assert all(row["reason"] for row in deps.store.database.quarantine.find())
    assert layout.files(deps.settings.spool_dir) == []


@pytest.mark.long
def test_a_lead_that_crashes_every_worker_is_parked_after_three_tries(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger
):
    """At most three workers crash, and all other leads are processed."""
    recipients = company.add_leads(4)
    poison, others = recipients[0], recipients[1:]
    marks = stack.deps.store.database.dirty
    crashes = 0
    with stack.paused("live", "bulk", "schedule"):
        for recipient in recipients:
            load.open(recipient)
        stack.wait_for(lambda: not stack.spool_backlog())
        for _ in range(TRIES + 1):
            stack.deps.redis.delete("ll:armed:live")
            stack.deps.wake.live()
            said = stack.crashing(at=f"with {poison.lead}", module="workers.main", arguments=["live"], seconds=6)
            crashes += said.startswith("crash with")
            stack.expire_leases()
    stack.wait_for(lambda: not marks.count_documents({"ws": company.workspace, "parked": False}))

    [mark] = marks.find({"ws": company.workspace})
    assert (mark["key"], mark["tries"], mark["parked"]) == (poison.lead, TRIES, True)
    assert crashes == TRIES
    assert all(company.call("GET", f"/leads/{recipient.lead}")["opens"] == 1 for recipient in others)
    marks.delete_many({"ws": company.workspace})
    assert_stored_once(company, ledger)
