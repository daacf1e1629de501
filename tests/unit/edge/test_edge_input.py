"""What the edge makes of a request: facts, a checked batch, limits, and the policy it follows."""

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.edge_process import SITE, WORKSPACE, batch, event
from tracker.base.errors import Malformed
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.form import FormField, FormShape
from tracker.links import tokens
from tracker.links.keys import Keys
from tracker.spool import layout, policy
from tracker.web.edge.capture import RequestFacts, capture, request_facts
from tracker.web.edge.limits import Limits, PerAddress
from tracker.web.edge.page_events import PageEventBatch

SITE_POLICY = policy.SitePolicy(WORKSPACE, ("https://acme.example",), ("email", "message"))
FACTS = RequestFacts(1_000_000_000, "9.9.9.9", "Mozilla", "POST", {})


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.load(tmp_path_factory.mktemp("keys") / "k.json")


def scope(*headers: tuple[str, str], client: str = "127.0.0.1", method: str = "GET") -> dict[str, Any]:
    return {"client": (client, 1), "method": method, "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers]}


def captured(body: bytes, keys: Keys) -> list[Capture]:
    return PageEventBatch(body).captures(FACTS, SITE_POLICY, keys)


@pytest.mark.parametrize(
    ("client", "forwarded", "trusted", "address"),
    [
        ("9.9.9.9", "1.2.3.4", "10.0.0.0/8", "9.9.9.9"),
        ("10.0.0.1", "1.2.3.4", "10.0.0.0/8", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "10.0.0.0/8", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "10.0.0.0/8", "1.2.3.4"),
        ("10.0.0.1", "1.2.3.4, evil", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4:5678", "10.0.0.0/8", "1.2.3.4"),
        ("10.0.0.1", "[2001:db8::1]:80", "10.0.0.0/8", "2001:db8::1"),
        ("::ffff:10.0.0.1", "1.2.3.4", "10.0.0.0/8", "1.2.3.4"),
        ("127.0.0.1", "1.2.3.4", "", "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_speak_for_an_address(client: str, forwarded: str, trusted: str, address: str) -> None:
    """Any client can send the header; it counts from a trusted peer, and only as far as trusted peers name each other."""
    networks = (ip_network(trusted),) if trusted else ()

    assert request_facts(scope(("x-forwarded-for", forwarded), client=client), networks).address == address


def test_facts_keep_little_and_nothing_dangerous() -> None:
    """An agent of 512 characters without control characters; a few headers; no cookies."""
    facts = request_facts(
        scope(
            ("user-agent", "A\x1b[31m\x9fb" + "x" * 9_000),
            ("cookie", "s=1"),
            ("accept", "é\x00*"),
            ("sec-purpose", "prefetch"),
            ("x-y", "z"),
            ("via", "1.1 gateway"),
            ("x-native-host", "OneOutlook/1.2024"),
            ("x-requested-with", "com.microsoft.office.outlook"),
            ("accept-encoding", "gzip"),
        ),
        (),
    )

    assert facts.agent.startswith("A[31mbx")
    assert len(facts.agent) <= 512
    assert facts.headers == {
        "accept": "é*",
        "sec-purpose": "prefetch",
        "via": "1.1 gateway",
        "x-native-host": "OneOutlook/1.2024",
        "x-requested-with": "com.microsoft.office.outlook",
        "accept-encoding": "gzip",
    }


@pytest.mark.parametrize(("version", "trusted", "signs"), [("1.0", "", ("http1.0",)), ("1.0", "10.0.0.0/8", ()), ("1.1", "", ())])
def test_http_1_0_is_a_sign_of_a_client_not_of_a_proxy(version: str, trusted: str, signs: tuple[str, ...]) -> None:
    """A trusted proxy may speak HTTP/1.0 to us for any browser."""
    facts = request_facts(scope(client="10.0.0.1") | {"http_version": version}, (ip_network(trusted),) if trusted else ())

    assert facts.signs == signs
    assert capture(facts, CaptureKind.OPEN, WORKSPACE, is_repaired=True).signs == (*signs, "repaired")


def test_head_is_evidence_only() -> None:
    """Mail gateways look at links with HEAD; that is no click."""
    facts = request_facts(scope(method="HEAD"), ())

    assert capture(facts, CaptureKind.CLICK, WORKSPACE).kind is CaptureKind.HEAD
    assert capture(facts, CaptureKind.REJECTED, "").kind is CaptureKind.REJECTED


def test_a_batch_becomes_captures_whose_ids_come_from_their_content(keys: Keys) -> None:
    """The same beacon twice is the same events; another visitor's are others."""
    body = batch(event("a", ago_ms=250, title="T\x00\nx", scroll=140, active_ms=-5), event("b", "click", target="https://x.example"))
    first, again = captured(body, keys), captured(body, keys)
    other = captured(body.replace(b"visitor-1", b"visitor-2"), keys)

    assert first == again
    assert not {c.id for c in first} & {c.id for c in other}
    assert [c.kind for c in first] == [CaptureKind.VIEW, CaptureKind.PAGE_CLICK]
    assert (first[0].at, first[0].title, first[0].scroll, first[0].active_ms) == (FACTS.received - 250, "T x", 100, 0)


@pytest.mark.parametrize(("ago", "at"), [(-5, 0), (0, 0), (1.9, 1), (86_400_000, 86_400_000), (10**300, 86_400_000), (1e308, 86_400_000)])
def test_a_clients_clock_moves_an_event_back_by_a_day_at_most(keys: Keys, ago: float, at: int) -> None:
    """And never into the future."""
    assert captured(batch(event(ago_ms=ago)), keys)[0].at == FACTS.received - at


def test_events_of_one_moment_keep_the_order_of_their_batch(keys: Keys) -> None:
    """Three pages and a form told in one breath: the replay shows them as they were told, a millisecond apart."""
    events = [event(id=name, ago_ms=ago) for name, ago in (("z", 1), ("m", 0), ("a", 0), ("k", 0))]

    found = captured(batch(*events), keys)

    assert [c.at - FACTS.received for c in found] == [-1, 0, 1, 2]


@pytest.mark.parametrize(
    ("more", "inputs", "input_ms", "signs"),
    [
        ({}, None, None, ()),
        ({"input": {}}, None, None, ()),
        ({"input": {"count": 0}}, 0, None, ()),
        ({"input": {"count": 0, "first_ms": 0}}, 0, None, ()),
        ({"input": {"count": 3, "first_ms": 812.4}}, 3, 812, ()),
        ({"input": {"count": 1e9, "first_ms": -1}}, 1_000, 0, ()),
        ({"input": {"count": 1, "first_ms": None, "webdriver": False, "prerendered": None}}, 1, None, ()),
        ({"input": {"count": 1, "first_ms": 5, "webdriver": True, "prerendered": True}}, 1, 5, ("webdriver", "activated")),
        ({"kind": "submit", "trusted": True}, None, None, ("trusted",)),
        ({"kind": "submit", "trusted": False}, None, None, ()),
        ({"kind": "view", "trusted": True}, None, None, ()),
    ],
)
def test_signs_of_a_person_are_kept_where_they_are_reported(
    keys: Keys, more: dict[str, object], inputs: int | None, input_ms: int | None, signs: tuple[str, ...]
) -> None:
    """An older snippet does not report them: then they are unknown, not zero."""
    (found,) = captured(batch(event() | more), keys)

    assert (found.inputs, found.input_ms, found.signs) == (inputs, input_ms, signs)
    assert layout.decode(layout.encode(found)) == found


def test_values_are_kept_of_allowed_fields_alone(keys: Keys) -> None:
    """Whatever the browser sent: the edge does not rely on the snippet for this."""
    fields = {"Email": "d@acme.example", "password": "hunter2", "message": "a\n\x00b", **{f"f{n}": "x" for n in range(100)}}
    kept = captured(batch(event(kind="submit", fields=fields)), keys)[0].fields

    assert (kept["Email"], kept["password"], kept["message"]) == ("d@acme.example", "", "a\nb")
    assert len(kept) == 50
    assert set(kept.values()) == {"d@acme.example", "", "a\nb"}


def test_what_identifies_a_form_is_kept_within_bounds(keys: Keys) -> None:
    """Names and types, never a value; other kinds of events have none."""
    fields = ["password pin", "email e\x00\nmail", f"{'x' * 99} {'y' * 999}", "checkbox I agree", *[f"text f{n}" for n in range(99)]]
    form = {"id": "i\x1b" + "i" * 99, "action": "https://acme.example/" + "a" * 999, "fields": fields}
    (found,) = captured(batch(event(kind="submit", form=form)), keys)
    kept = found.form

    assert kept is not None
    assert kept.fields[:4] == (
        FormField("password", ""),
        FormField("email", "e mail"),
        FormField("x" * 20, "y" * 64),
        FormField("checkbox", "I agree"),
    )
    assert (len(kept.fields), kept.id, len(kept.action)) == (30, "i" * 63, 200)
    assert layout.decode(layout.encode(found)) == found
    assert captured(batch(event(kind="submit", form={})), keys)[0].form == FormShape()
    assert captured(batch(event(kind="submit")), keys)[0].form is None
    assert captured(batch(event(form=form)), keys)[0].form is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'{"site":', "not_json"),
        (b"[]", "bad_shape"),
        (b"[" * 60_000, "bad_shape"),
        (batch(), "bad_shape"),
        (batch(*[event(str(n)) for n in range(51)]), "bad_shape"),
        (batch(event(), unknown=1), "bad_shape"),
        (batch(event(unknown=1)), "bad_shape"),
        (batch(event(kind="open")), "bad_shape"),
        (batch(event(url="javascript:alert(1)")), "bad_shape"),
        (batch(event(url="https://a.example/" + "a" * 2_048)), "bad_shape"),
        (batch(event(url="https://a.example/\n")), "bad_shape"),
        (batch(event(ago_ms="5")), "bad_shape"),
        (batch(event(ago_ms=True)), "bad_shape"),
        (batch(event("")), "bad_shape"),
        (batch(event("x" * 65)), "bad_shape"),
        (batch(event("a b")), "bad_shape"),
        (batch(event(title={"$ne": None})), "bad_shape"),
        (batch(event(), visitor=None), "bad_shape"),
        (batch(event(title="T")).replace(b'"T"', b'"\\ud800"'), "not_json"),
        (batch(event(title="x" * 70_000)), "too_big"),
        (batch(event(fields={"a": 1})), "bad_shape"),
        (batch(event(kind="submit", form={"fields": [["text", "email"]]})), "bad_shape"),
        (batch(event(kind="submit", form={"fields": {"email": "value"}})), "bad_shape"),
        (batch(event(kind="submit", form={"values": {}})), "bad_shape"),
    ],
)
def test_a_malformed_body_is_refused_with_a_short_code(body: bytes, code: str) -> None:
    """The same word in the answer, the metric and here."""
    with pytest.raises(Malformed) as refused:
        PageEventBatch(body)
    assert refused.value.code == code


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
)


@given(
    st.one_of(
        st.binary(max_size=200),
        json_values.map(lambda v: json.dumps(v).encode()),
        st.dictionaries(st.sampled_from(list(event())), json_values),
    )
)
def test_any_body_is_captured_or_refused(keys: Keys, body: Any) -> None:
    """There is no third outcome, such as a crash."""
    raw = body if isinstance(body, bytes) else batch({**event(), **body})
    try:
        found = captured(raw, keys)
    except Malformed as error:
        assert error.code in {"not_json", "bad_shape", "too_deep", "too_big"}  # noqa: PT017 - either outcome is right
    else:
        assert all(capture.at <= capture.received for capture in found)


def test_a_landing_marks_the_whole_batch(keys: Keys) -> None:
    """The batch that carried the token of this workspace and site names its click."""
    token = tokens.mint_landing(keys, tokens.LandingClaims(WORKSPACE, "11" * 16, SITE, 77))
    found = captured(batch(event("a"), event("b"), ll=token), keys)

    assert [(c.landing, c.landing_at) for c in found] == [("11" * 16, 77)] * 2


def test_what_was_kept_of_an_earlier_visit_was_not_brought_by_this_click(keys: Keys) -> None:
    """Yesterday's page, told only now, is not of today's mail."""
    token = tokens.mint_landing(keys, tokens.LandingClaims(WORKSPACE, "11" * 16, SITE, FACTS.received - 1_000))
    found = captured(batch({**event("a"), "ago_ms": 3_600_000}, {**event("b"), "ago_ms": 900}, ll=token), keys)

    assert [c.landing for c in found] == [None, "11" * 16]


@pytest.mark.parametrize("wrong", ["", "nonsense", "other site", "other workspace", "open token"])
def test_a_landing_that_is_not_ours_is_ignored_and_noted(keys: Keys, wrong: str) -> None:
    """The page view stands, unbound; one row of evidence says what was tried."""
    made = {
        "other site": tokens.mint_landing(keys, tokens.LandingClaims(WORKSPACE, "11" * 16, "77" * 8, 1)),
        "other workspace": tokens.mint_landing(keys, tokens.LandingClaims("77" * 8, "11" * 16, SITE, 1)),
        "open token": tokens.mint_open(keys, tokens.OpenClaims(WORKSPACE, "11" * 16)),
    }
    found = captured(batch(event(), ll=made.get(wrong, wrong)), keys)

    assert (found[0].kind, found[0].landing) == (CaptureKind.VIEW, None)
    assert [c.kind for c in found[1:]] == ([CaptureKind.REJECTED] if wrong else [])


def test_limits_hold_per_address_and_spare_the_companys_own_proxy() -> None:
    """A flood from one network is shed; what comes through a private address is many people."""
    limit = PerAddress(0.001, 3, spare_private=True)

    assert [limit.allow("9.9.9.9") for _ in range(5)] == [True] * 3 + [False] * 2
    assert [limit.allow(f"2a00:1450::{n}") for n in range(5)] == [True] * 3 + [False] * 2
    assert all(limit.allow("127.0.0.1") and limit.allow("10.1.2.3") and limit.allow("") for _ in range(50))
    assert limit.allow("9.9.9.8")
    limits = Limits()
    assert sum(limits.allow_rejected("127.0.0.1") for _ in range(100)) == 20


def test_the_policy_is_followed_and_survives_a_bad_file(tmp_path: Path) -> None:
    """Absent: nothing is known. Replaced: followed within a second. Spoiled: the last good one holds."""
    path = tmp_path / "spool" / "policy.json"
    followed = policy.PolicyFile(path)
    assert followed.current() == policy.Policy()
    assert not followed.is_known
    known = policy.Policy({WORKSPACE: policy.WorkspacePolicy("Acme", "https://acme.example")}, {SITE: SITE_POLICY})
    policy.write(known, path)
    fresh = policy.PolicyFile(path)
    assert fresh.current() == known
    assert fresh.is_known
    assert fresh.site_at(WORKSPACE, "https://acme.example") == SITE
    assert fresh.site_at("77" * 8, "https://acme.example") is None
    assert fresh.is_site_origin("https://acme.example")
    more = policy.SitePolicy(workspace=WORKSPACE, origins=("https://shop.example",))
    policy.write(policy.Policy(known.workspaces, known.sites | {"5f" * 8: more}), path)
    assert fresh.site_at(WORKSPACE, "https://shop.example") == "5f" * 8, "a site that has just been added"
    other = policy.PolicyFile(path)
    policy.write(known, path)
    assert other.site("5f" * 8) is None
    path.write_bytes(b"{")
    fresh._next_look = 0
    assert "5f" * 8 in fresh.current().sites
    assert [p.name for p in path.parent.iterdir()] == ["policy.json"]


def test_an_older_reading_never_takes_the_place_of_a_newer_policy(tmp_path: Path) -> None:
    """The drain read the workspaces before a site was added, and comes to write when the action has written already."""
    path = tmp_path / "policy.json"
    former = policy.stamp_of(path)
    known = policy.Policy({WORKSPACE: policy.WorkspacePolicy("Acme", "https://acme.example")}, {SITE: SITE_POLICY})
    policy.write(known, path)

    assert not policy.write_instead(policy.Policy(), path, former)
    assert policy.PolicyFile(path).current() == known
    assert policy.write_instead(policy.Policy(), path, policy.stamp_of(path))
    assert policy.PolicyFile(path).current() == policy.Policy()
    assert [p.name for p in path.parent.iterdir()] == ["policy.json"]


def test_no_stored_address_carries_a_landing_token(keys: Keys) -> None:
    """Page, referrer, target and the Referer header."""
    token = tokens.mint_landing(keys, tokens.LandingClaims(WORKSPACE, "11" * 16, SITE, 77))
    carried = f"https://acme.example/p?a=1&ll={token}"
    facts = msgspec.structs.replace(FACTS, headers={"referer": carried})
    body = batch(event("a", url=carried, referrer=carried), event("b", "click", url=carried, target=carried))
    found = PageEventBatch(body).captures(facts, SITE_POLICY, keys)

    assert {text for c in found for text in (c.url, c.referrer, c.target)} == {"https://acme.example/p?a=1", None}
    assert not [c for c in found if token in c.headers["referer"]]


def test_clicks_are_kept_as_far_as_the_site_wants_them(keys: Keys) -> None:
    """Switched off, also for a snippet in a browser's cache; what leads away stays. Only clicks have a text."""
    clicks = [
        event(str(n), "click", target=target, text="Go\non")
        for n, target in enumerate(("https://acme.example/x", "tel:1", "https://b.example", None))
    ]
    body = batch(event("v", text="x"), *clicks)
    off = msgspec.structs.replace(SITE_POLICY, clicks=False)

    assert [(c.target, c.text) for c in PageEventBatch(body).captures(FACTS, off, keys)] == [
        (None, None),
        ("tel:1", "Go on"),
        ("https://b.example", "Go on"),
    ]
    assert len(captured(body, keys)) == 5
