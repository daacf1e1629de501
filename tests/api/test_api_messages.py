"""Messages by API: tracked links and pixel, merge fields, sent once, what must not be sent."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.odd_mails import WHOLE, WITHOUT_PLACE
from tracker.links import tokens

HTML = '<html><body><p>Hello {{first_name}}</p><a href="https://acme.example/pricing?a=1&amp;b=2">Prices</a></body></html>'


def make(api, lead, **more):
    """A message to the lead."""
    answer = api.post("/messages", {"lead": lead["id"], "subject": "Offer", "html": HTML, **more})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_links_and_pixel_are_signed_and_the_destination_is_kept(api, deps):
    """The tracked link carries its destination byte for byte; the pixel stands in the HTML."""
    made = make(api, api.lead())

    link = made["links"][0]
    claims = tokens.verify_click(deps.keys, link["tracked_url"].rpartition("/")[2])
    assert (claims.url, claims.message) == ("https://acme.example/pricing?a=1&b=2", made["id"])
    assert (link["url"], link["label"]) == ("https://acme.example/pricing?a=1&b=2", "Prices")
    assert made["pixel_url"] in made["html"]
    assert link["tracked_url"] in made["html"]
    assert "Hello Dana" in made["html"]
    assert "Prices (https://acme.example/pricing?a=1&b=2)" in made["text"]


def test_without_tracking_no_byte_changes(api):
    """`track: false` sends what was written."""
    html = '<p>Hi <a href="https://acme.example/x">x</a></p>'

    made = make(api, api.lead(), html=html, track=False)

    assert (made["html"], made["pixel_url"]) == (html, None)
    assert [link["tracked_url"] for link in made["links"]] == [None]


@pytest.mark.parametrize(
    "html",
    ["{{job_title}}", "<a href='{{company}}'>x</a>", "{{first_name}", "{{first_name: there}}"],
    ids=["missing", "in an address", "one brace", "wrong fallback"],
)
def test_merge_fields_that_cannot_be_filled_are_refused(api, html):
    """No lead gets a mail that greets them with braces."""
    answer = api.post("/messages", {"lead": api.lead()["id"], "subject": "x", "html": html})

    assert (answer.status_code, answer.json["field"]) == (422, "html")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (r"\ud800", "\ufffd"),
        (r"a\uDFFFb", "a\ufffdb"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\ud83d\ude00\ude00", "\ufffd😀\ufffd"),
        (r"\\ud800", r"\ud800"),
        (r"\ud83d\n", "\ufffd\n"),
        ("&#xD800;", "&#xD800;"),
    ],
)
@pytest.mark.parametrize("track", ["true", "false"])
def test_half_a_surrogate_pair_refuses_no_mail(api, written, sent, track):
    """No mail can carry it: U+FFFD takes its place, tracked or not. Nothing else changes."""
    html = f"<p>{written}</p><a href='https://acme.example/{written}'>x</a>"
    body = f'{{"lead": "{api.lead()["id"]}", "subject": "S", "html": "{html}", "text": "{written}", "track": {track}}}'

    answer = api.post("/messages", body.encode())

    assert answer.status_code == 201, answer.text
    assert f"<p>{sent}</p>" in answer.json["html"]
    assert answer.json["text"].startswith(sent.strip())


def test_merge_fields_are_escaped_and_have_fallbacks(api):
    """A lead's name is text, in HTML and in addresses, never markup."""
    lead = api.lead(name='Eve "<script>" O\'Hara', company="A&B")
    html = '<p>{{name}} {{job_title|your team}}</p><a href="https://acme.example/?c={{company}}">x</a>'

    made = make(api, lead, html=html)

    assert "<script>" not in made["html"]
    assert "your team" in made["html"]
    assert made["links"][0]["url"] == "https://acme.example/?c=A%26B"


HOSTILE = pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " javascript:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "https://good.example@evil.example",
        "http://2130706433",
        "http://0x7f.1",
        "https://evil.example\\@good.example",
        "http://good.example:80:80",
    ],
)


@HOSTILE
def test_hostile_destinations_are_not_signed(api, url):
    """A share link to them is refused. A message is taken as it was written; that link is not tracked, and says why."""
    lead, html = api.lead(), f'<a href="{url}">go</a>'

    assert api.post("/links", {"lead": lead["id"], "url": url, "label": "x"}).status_code == 422
    made = make(api, lead, html=html, tracking="links")
    assert made["html"] == html
    assert [(link["tracked_url"], link["reason"] in ("bad_address", "not_web")) for link in made["links"]] == [(None, True)]


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="icon" href="data:,"><p>x</p>',
        '<svg><image xlink:href="data:image/png;base64,AA=="/></svg>',
        "<p>Use {{ user.name }} in Jinja</p>",
        "<style>@media print{{x}}</style><p>x</p>",
        '<form action="javascript:x"><button formaction="javascript:y">x</button></form>',
    ],
)
def test_no_message_is_refused_because_of_its_html(api, html):
    """What cannot be tracked is sent as it was written."""
    made = make(api, api.lead(), html=html)

    assert made["html"].startswith(html)
    assert made["links"] == []


@pytest.mark.parametrize(
    ("given", "degree"),
    [({}, "full"), ({"track": True}, "full"), ({"track": False}, "off"), ({"tracking": "off"}, "off"), ({"tracking": "links"}, "links")],
)
def test_the_degree_of_tracking_is_a_choice(api, given, degree):
    """Off: nothing; links: no pixel; full: both. `track: false` keeps its meaning."""
    made = make(api, api.lead(), **given)

    assert (made["tracking"], made["track"]) == (degree, degree != "off")
    assert ("/o/" in made["html"], bool(made["pixel_url"])) == (degree == "full",) * 2
    assert ("/c/" in made["html"], bool(made["links"][0]["tracked_url"])) == (degree != "off",) * 2


def test_two_degrees_that_differ_are_refused(api):
    """Which of the two was meant is a guess."""
    answer = api.post("/messages", {"lead": api.lead()["id"], "subject": "x", "html": "<p>x</p>", "track": False, "tracking": "full"})

    assert (answer.status_code, answer.json["field"]) == (422, "tracking")


def test_a_rep_has_a_degree_of_their_own(api, hire):
    """It holds where the message says nothing; other reps keep theirs."""
    rep, own = hire("Rosa")
    other, _ = hire("Tom")
    changed = own.patch(f"/reps/{rep.id}", {"tracking": "links"})
    assert (changed.status_code, changed.json["tracking"]) == (200, "links")
    lead = api.lead()

    assert make(api, lead, rep=rep.id)["tracking"] == "links"
    assert make(api, lead, rep=rep.id, tracking="full")["tracking"] == "full"
    assert make(api, lead, rep=rep.id, track=True)["tracking"] == "full"
    assert make(api, lead, rep=other.id)["tracking"] == "full"
    assert api.patch(f"/reps/{rep.id}", {"tracking": "some"}).status_code == 422


def test_a_message_without_a_place_for_the_pixel_is_tracked_by_its_links(api):
    """It is cut off inside a tag: a pixel there would be text."""
    made = make(api, api.lead(), html='<a href="https://acme.example/1">one</a> <a href="https://acme.example/2')

    assert (made["tracking"], made["track"], made["pixel_url"]) == ("links", True, None)
    assert made["links"][0]["tracked_url"] in made["html"]
    assert made["html"].endswith('<a href="https://acme.example/2')


def test_quoted_history_is_clean_without_tracking(api):
    """A reply with tracking off holds no tracked link and no pixel of the message that it quotes."""
    lead = api.lead()
    quoted = make(api, lead)["html"]

    made = make(api, lead, html=f"<blockquote>{quoted}</blockquote>", tracking="off")

    assert "/c/" not in made["html"]
    assert "/o/" not in made["html"]
    assert 'href="https://acme.example/pricing?a=1&amp;b=2"' in made["html"]


def test_our_own_tracked_address_is_no_destination(api):
    """A tracked link to a tracked link would go round in circles."""
    lead = api.lead()
    tracked = make(api, lead)["links"][0]["tracked_url"]

    assert api.post("/links", {"lead": lead["id"], "url": tracked, "label": "x"}).status_code == 422


def test_a_message_is_sent_once(api):
    """Saying twice that it was delivered makes one event; another moment is a conflict."""
    lead = api.lead()
    made = make(api, lead)
    at = "2026-05-01T10:00:00+02:00"

    first = api.post(f"/messages/{made['id']}/sent", {"at": at})
    again = api.post(f"/messages/{made['id']}/sent", {"at": at})
    other = api.post(f"/messages/{made['id']}/sent", {"at": "2026-05-02T10:00:00Z"})

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    events = api.get(f"/leads/{lead['id']}/events").json["items"]
    assert [(e["kind"], e["at"], e["verdict"]["label"]) for e in events] == [("sent", "2026-05-01T08:00:00.000Z", "human")]


def test_mail_that_leads_could_not_follow_is_not_sent(api, hire):
    """While EDGE_URL is localhost, the answer names the setting to change."""
    rep, _ = hire("Rosa")
    made = make(api, api.lead(owner=rep.id))

    answer = api.post(f"/messages/{made['id']}/send")

    assert (answer.status_code, answer.json["field"]) == (422, "EDGE_URL")


@pytest.mark.parametrize("subject", ["hi\r\nBcc: x@y.example", "hi\nX: y", "a\u2028b", "\x00"])
def test_subjects_cannot_add_headers(api, subject):
    """A subject is one line."""
    answer = api.post("/messages", {"lead": api.lead()["id"], "subject": subject, "html": "<p>x</p>"})

    assert (answer.status_code, answer.json["field"]) == (422, "subject")


def test_a_share_link_is_the_leads_own(api, deps):
    """LinkedIn, SMS, PDF: a link without a message."""
    lead = api.lead()

    made = api.post("/links", {"lead": lead["id"], "url": "https://acme.example/offer.pdf", "label": "PDF"}).json

    claims = tokens.verify_click(deps.keys, re.sub(r".*/c/", "", made["tracked_url"]))
    assert (claims.share, claims.message, claims.url) == (made["id"], None, "https://acme.example/offer.pdf")
    assert api.get(f"/links?lead={lead['id']}").json["items"] == [made]


def test_the_unsubscribe_link_is_left_alone(api, deps):
    """`{{unsubscribe_url}}` becomes this message's own address, which no click token may wrap."""
    made = make(api, api.lead(), html='<p>x</p><a href="{{unsubscribe_url}}">No more mail</a>')

    found = re.search(r'href="([^"]+/u/([^"]+))"', made["html"])
    assert tokens.verify_unsubscribe(deps.keys, found[2]).message == made["id"]
    assert [link["tracked_url"] for link in made["links"] if link["tracked_url"]] == []


def test_every_odd_mail_is_taken(api):
    """However it is written; the pixel is there where it has a place."""
    lead = api.lead()
    for html in WHOLE.values():
        if html.strip():
            assert make(api, lead, html=html)["tracking"] == "full"
    for html in WITHOUT_PLACE:
        assert make(api, lead, html=html)["tracking"] == "links"


def test_a_message_of_nothing_but_links_is_taken(api):
    """A hundred thousand links: the first thousand are tracked, and the list ends somewhere."""
    made = make(api, api.lead(), html="<a href=http://a.b>" * 90_000)

    assert made["html"].count("/c/") == sum(1 for link in made["links"] if link["tracked_url"]) == 1_000
    assert {link["reason"] for link in made["links"]} == {None, "too_many"}


FRAGMENTS = [
    "<a href=",
    "<A HREF='",
    '"',
    "'",
    ">",
    "</a>",
    "<img src=",
    "http://",
    "https://a.example/x?b&amp;c",
    "http://[",
    "http://[::1",
    "{{",
    "}}",
]
FRAGMENTS += [
    "{{name}}",
    "{{name|",
    "<body",
    "<!--",
    "-->",
    "<![CDATA[",
    "&#x6a;avascript:",
    "\x00",
    "\ud7ff",
    "é",
    "<script>",
    "</",
    "<area href=",
    "//",
    ":",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), min_size=1, max_size=14), track=st.booleans())
def test_any_html_is_taken_or_refused(api, parts, track):
    """Broken markup, half merge fields, odd addresses: a message or a problem, never an error of ours."""
    if not hasattr(api, "dana"):
        api.dana = api.lead()["id"]

    answer = api.post("/messages", {"lead": api.dana, "subject": "x", "html": "".join(parts), "track": track})

    assert answer.status_code in (201, 422), answer.text
    if answer.status_code == 201:
        assert "javascript:" not in str([link["tracked_url"] for link in answer.json["links"]])
    else:
        assert "{{name" in "".join(parts) or not "".join(parts).strip(), answer.text


def test_the_sender_of_a_rep(api, hire):
    """Read, set as a whole, and emptied; only own addresses are taken, and other reps' senders are not there."""
    rosa, as_rosa = hire("Rosa")
    ivo, _ = hire("Ivo")
    path = f"/reps/{rosa.id}/sender"
    empty = {"name": None, "address": None, "reply_to": None, "signature": None, "addresses": [rosa.email]}
    assert as_rosa.get(path).json == empty

    made = as_rosa.put(path, {"name": "Rosa of Northbeam", "reply_to": "sales@us.example", "signature": "<p>Rosa<script>x</script></p>"})

    assert made.json == empty | {"name": "Rosa of Northbeam", "reply_to": "sales@us.example", "signature": "<p>Rosa</p>"}
    assert as_rosa.get(path).json == made.json
    for wrong in ({"address": ivo.email}, {"reply_to": "x"}, {"name": "a\r\nBcc: x@y.example"}, {"signature": "x" * 5001}):
        assert as_rosa.put(path, wrong).status_code == 422, wrong
    assert as_rosa.get(f"/reps/{ivo.id}/sender").status_code == 404
    assert as_rosa.put(f"/reps/{ivo.id}/sender", {}).status_code == 404
    assert api.put(path, {}).json == empty


def test_programs_report_what_came_back(api):
    """A reply, a bounce, a delivery and a complaint: the same again changes nothing, and an unsent message is sent by then."""
    lead = api.lead()
    made = make(api, lead)
    path = f"/messages/{made['id']}/events"
    at = "2026-05-01T10:00:00+02:00"
    for key in ("<1@x.example>", "1@x.example"):
        for body in (
            {"kind": "delivered", "at": at},
            {"kind": "reply", "id": key, "text": "Yes.\n\nOn Mon, 7 Dec 2026 Rosa <r@x.example> wrote:\n> Hi"},
            {"kind": "bounce", "at": at, "reason": "552 5.2.2 mailbox full"},
        ):
            assert api.post(path, body).status_code == 200, body
    events = api.get(f"/leads/{lead['id']}/events").json["items"]
    assert sorted((e["kind"], e["text"]) for e in events) == [("bounce", "552 5.2.2 mailbox full"), ("reply", "Yes."), ("sent", None)]
    found = api.get(f"/messages/{made['id']}").json
    assert (found["state"], found["error"], found["delivered_at"] is None) == ("bounced", "552 5.2.2 mailbox full", False)
    assert api.get(f"/leads/{lead['id']}").json["bounced_at"] is None
    assert api.post(path, {"kind": "bounce", "reason": "550 5.1.1 no such user"}).status_code == 200
    assert api.get(f"/leads/{lead['id']}").json["bounce_reason"] == "550 5.1.1 no such user"
    assert api.post(path, {"kind": "complaint"}).status_code == 200
    assert api.get(f"/leads/{lead['id']}").json["opted_out_at"]
    assert api.post(path, {"kind": "open"}).status_code == 422
    assert api.post(path, {"kind": "reply", "sender": "none"}).status_code == 422
