"""The requests and mails that each channel sends."""

import base64
from email.utils import getaddresses

import pytest
from standardwebhooks import Webhook

from notifier.notice import UNOWNED
from tests.notifier.conftest import Desk
from tests.notifier.receivers import Mails, Receiver, answer
from tracker.actions.activity.briefs import brief
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState

SLACK, EMAIL, WEBHOOK = ChannelName.SLACK, ChannelName.EMAIL, ChannelName.WEBHOOK
TITLE = "Dana Whitfield (Acme) is on Pricing"


def texts_of(blocks):
    return [block["text"] for block in blocks]


def test_slacks_webhook_gets_text_for_the_lock_screen_and_blocks(desk: Desk, hook: Receiver):
    """The first 45 characters contain the lead and the page; a link opens the lead."""
    desk.channel(SLACK, webhook_url=f"{hook.url}/services/T/B/x")
    alert = desk.alert(SLACK)
    desk.deliver()
    [call] = hook.calls

    assert call.path == "/services/T/B/x"
    assert call.json["text"] == f"{TITLE}. Second visit today, from “Offer v2”."
    assert [text["type"] for text in texts_of(call.json["blocks"])] == ["plain_text", "plain_text", "mrkdwn"]
    lines = brief(desk.deps, desk.deps.store.workspaces.get(desk.lead.workspace), desk.lead).lines
    assert texts_of(call.json["blocks"])[1]["text"] == "\n".join(lines)
    assert f"<https://leads.example.com/leads/{desk.lead.id}|Open Dana in Leadlight>" in call.body.decode()
    assert desk.delivery(alert, SLACK).state is DeliveryState.DELIVERED


def test_the_bot_posts_to_its_channel(desk: Desk, hook: Receiver):
    """With the token in the header, never in the URL; channel and `ts` are stored for edits."""
    hook.otherwise = answer(200, b'{"ok": true, "channel": "C1", "ts": "17.2"}')
    desk.channel(SLACK, bot_token="xoxb-1", channel="#sales")
    alert = desk.alert(SLACK)
    desk.deliver()
    [call] = hook.calls

    assert call.path == "/api/chat.postMessage"
    assert call.headers["authorization"] == "Bearer xoxb-1"
    assert call.json["channel"] == "#sales"
    assert desk.delivery(alert, SLACK).reference == {"channel": "C1", "ts": "17.2"}


def test_text_of_a_lead_is_escaped_for_slack(desk: Desk, hook: Receiver):
    """A name adds no mention, link or change of direction, in the brief neither; its length is bounded."""
    desk.channel(SLACK, webhook_url=hook.url)
    desk.deps.store.of(desk.lead.workspace).leads.change(desk.lead.id, name="<!here> <https://evil|Acme> \u202e")
    desk.alert(SLACK, title="<!channel> <https://evil|Acme> *x* `y` \u202e& Co", text="&<>" * 20_000)
    desk.deliver()
    said = hook.calls[0].json
    fallback, (first, second, *_) = said["text"], texts_of(said["blocks"])

    assert fallback.startswith("&lt;!channel&gt; &lt;https://evil|Acme&gt; *x* `y` &amp; Co. ")
    assert first["type"] == "plain_text"
    assert "<" not in fallback + first["text"] + second["text"]
    assert len(fallback) <= 3000
    assert len(first["text"]) <= 3000
    assert "\u202e" not in hook.calls[0].body.decode()


def test_an_alert_for_a_lead_without_owner_says_so(desk: Desk, hook: Receiver, mails: Mails):
    """In every channel of the team."""
    desk.channel(SLACK, rep=None, webhook_url=hook.url)
    desk.channel(EMAIL, rep=None, address="team@northwind.example")
    desk.alert(SLACK, EMAIL, rep=None)
    desk.deliver()

    assert UNOWNED in hook.calls[0].body.decode()
    assert UNOWNED in mails.mails[0].get_body(("plain",)).get_content()


def test_an_email_is_one_plain_mail_with_one_link(desk: Desk, mails: Mails):
    """The subject is the title; headers mark it as automatic; nothing in it is tracked."""
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(EMAIL)
    desk.alert(EMAIL, priority=Priority.QUIET)
    desk.deliver()
    loud, quiet = mails.mails
    html = loud.get_body(("html",)).get_content()

    assert loud["Subject"] == TITLE
    assert loud.recipients == ["rita@northwind.example"]
    assert loud["Auto-Submitted"] == "auto-generated"
    assert loud["Message-ID"] == f"<alert.{desk.delivery(alert, EMAIL).id}@leads.example.com>"
    assert loud["References"] == quiet["References"] == f"<lead.{desk.lead.id}@leads.example.com>"
    assert (loud["Importance"], quiet["Importance"]) == (None, "low")
    assert html.count("http") == 1
    assert f'href="https://leads.example.com/leads/{desk.lead.id}"' in html
    assert "<img" not in html


def test_a_name_cannot_add_a_header_or_markup_to_an_email(desk: Desk, mails: Mails):
    """Line breaks become spaces, angle brackets become entities."""
    desk.channel(EMAIL, address="rita@northwind.example")
    desk.alert(EMAIL, title="Dana\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>", text="a\u2028b <b>x</b>")
    desk.deliver()
    [mail] = mails.mails

    assert mail["Bcc"] is None
    assert mail.recipients == ["rita@northwind.example"]
    assert mail["Subject"] == "Dana Bcc: evil@example.com <script>alert(1)</script>"
    assert "<script>" not in mail.get_body(("html",)).get_content()
    assert "a b <b>x</b>" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("address", ["", "a@b>\r\nRCPT TO:<c@d.example>", "no address"])
def test_an_invalid_address_is_a_permanent_error(desk: Desk, mails: Mails, address):
    """The mail server is not contacted."""
    desk.channel(EMAIL, address=address)
    alert = desk.alert(EMAIL)
    desk.deliver()

    assert desk.delivery(alert, EMAIL).state is DeliveryState.FAILED
    assert mails.mails == []


def test_a_webhook_is_signed_by_standard_webhooks(desk: Desk, hook: Receiver):
    """Verified by the official library, with each secret of a rotation."""
    old, new = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
    desk.channel(WEBHOOK, url=f"{hook.url}/in", secret=f"{old} {new}")
    alert = desk.alert(WEBHOOK, text="x" * 50_000)
    desk.clock[0] = desk.clock[0].now(desk.clock[0].tzinfo)  # the library compares with the real clock
    desk.deliver()
    [call] = hook.calls

    for secret in (old, new):
        body = Webhook(secret).verify(call.body.decode(), call.headers)
    assert body["type"] == "alert"
    assert body["id"] == call.headers["webhook-id"] == desk.delivery(alert, WEBHOOK).id
    assert (body["alert"]["id"], body["alert"]["rule"], body["alert"]["title"]) == (alert.id, "click", TITLE)
    assert set(body["alert"]["times"]) == {"event", "verdict", "decided"}
    assert body["lead"] == {
        "id": desk.lead.id,
        "name": "Dana Whitfield",
        "company": "Acme",
        "url": f"https://leads.example.com/leads/{desk.lead.id}",
    }
    assert len(call.body) < 20_000
    assert len(call.headers["webhook-signature"].split(" ")) == 2


def test_a_plain_secret_signs_too_and_none_signs_nothing(desk: Desk, hook: Receiver):
    """The library takes bytes for a plain secret; base64 without the prefix is what its text form means."""
    bare = base64.b64encode(b"k" * 32).decode()
    desk.clock[0] = desk.clock[0].now(desk.clock[0].tzinfo)
    for secret in ("a plain secret?".replace(" ", "-"), bare, ""):
        desk.channel(WEBHOOK, url=hook.url, secret=secret)
        desk.alert(WEBHOOK)
        desk.deliver()
    plain, encoded, unsigned = hook.calls

    assert Webhook(b"a-plain-secret?").verify(plain.body.decode(), plain.headers)
    assert Webhook(bare).verify(encoded.body.decode(), encoded.headers)
    assert Webhook(bare.encode()).verify(encoded.body.decode(), encoded.headers)
    assert "webhook-signature" not in unsigned.headers


def test_a_reps_own_test_is_marked_everywhere(desk: Desk, hook: Receiver, mails: Mails):
    """Also without a lead."""
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    desk.alert(SLACK, EMAIL, rule=AlertRule.TEST, lead="", title="Your alerts arrive here", text="")
    desk.deliver()

    assert hook.calls[0].json["text"] == "Test: Your alerts arrive here"
    assert mails.mails[0]["Subject"] == "Test: Your alerts arrive here"
    assert getaddresses([mails.mails[0]["From"]]) == [("Leadlight", "leadlight@leads.example.com")]
