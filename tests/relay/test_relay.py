"""The relay on the wire: what it accepts and refuses, and that every recipient gets the right bytes. tracker.relay."""

import dataclasses
import smtplib
from datetime import timedelta
from email import message_from_bytes

import pytest

from notifier.copy_sender import CopySender
from notifier.mail_sender import MailSender
from tests.relay.conftest import NOON, plain_login, submit
from tracker.actions.inquiries.record import GivenInquiry, add_inquiry
from tracker.actions.leads import opt_outs
from tracker.actions.mail_relay import finished, kept_bytes, routing
from tracker.actions.privacy.consents import set_consent
from tracker.actions.workspace import workspaces
from tracker.base.ids import id_of, new_id
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.mail.message import MessageState
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.domain.workspace.workspace import Policy
from tracker.mail.connections import Connections
from tracker.store.core.records import key_of
from workers.recompute.run import recompute

MAIL = (
    b"From: Rita <rita@us.example>\r\nTo: Dana <dana@acme.example>, bob@else.example\r\nBcc: boss@us.example\r\n"
    b"Subject: Offer for =?utf-8?q?K=C3=A4se?=\r\nMessage-ID: <a1@laptop.example>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\nodd preamble \x01\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    b".dot\r\n..two\r\nh\xc3\xa4 \r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b'<html><body><p>h\xc3\xa4 <a href="https://x.example/offer">Offer</a></p></body></html>\r\n--b--\r\nepilogue\r\n'
)
NO_BCC = MAIL.replace(b"Bcc: boss@us.example\r\n", b"")


def test_a_lead_gets_a_tracked_copy_and_others_get_their_bytes(office, upstream):
    """One transaction each. The copy differs in its HTML part only, keeps its Message-ID, and is in the lead's timeline."""
    kept = office.submit(MAIL, "dana@acme.example", "bob@else.example", "boss@us.example")
    assert kept_bytes.read(office.deps, office.workspace, kept) == MAIL

    office.deliver()

    assert upstream.to("bob@else.example") == upstream.to("boss@us.example") == NO_BCC
    copy = upstream.to("dana@acme.example")
    start, end = NO_BCC.index(b"<html>"), NO_BCC.index(b"\r\n--b--")
    header = NO_BCC[:start].replace(b"8bit\r\n", b"quoted-printable\r\n")
    assert copy.startswith((NO_BCC[:start], header))
    assert copy.endswith(NO_BCC[end:])
    html = message_from_bytes(copy).get_payload()[1].get_payload(decode=True).decode()
    assert html.count("https://links.us.example/c/") == 1
    assert html.count("https://links.us.example/o/") == 1
    (message,) = office.messages()
    assert (message.state, message.subject, message.message_id) == (MessageState.SENT, "Offer for Käse", "<a1@laptop.example>")
    assert (message.tracking, message.rep, message.links[0].url) == (Tracking.FULL, office.rita.id, "https://x.example/offer")
    assert [event.kind for event in office.store.events.of_lead(office.dana.id)] == ["sent"]
    assert {sender for sender, _, _ in upstream.taken} == {"rita@us.example"}
    assert upstream.seen == [["BODY=8BITMIME"]] * 3  # not SMTPUTF8, which a later server may lack
    office.deliver(minutes=5)
    assert len(upstream.taken) == 3
    assert office.deps.store.accepted_mails.next_due() is None
    assert office.deps.store.database.mail_bytes.count_documents({}) == 0


@pytest.mark.parametrize(
    ("change", "passed"),
    [
        ((b"Subject: Offer for", b"Subject: [No Tracking] Offer for"), MAIL),
        ((b"Subject: Offer for", b"X-Leadlight-Track: no\r\nSubject: Offer for"), MAIL),
        ((b"MIME-Version", b"DKIM-Signature: v=1\r\nMIME-Version"), None),
        ((b"text/plain; charset=utf-8\r\n\r\n", b"text/plain; charset=utf-8\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n"), None),
        ((b"multipart/alternative", b"multipart/signed"), None),
        ((b"h\xc3\xa4 <a", b"h\xe4 <a"), None),
    ],
)
def test_mails_that_stay_unchanged(office, upstream, change, passed):
    """A header or a mark switches tracking off; what is signed or uncertain is never changed. The message says why."""
    raw = MAIL.replace(*change)
    office.submit(raw, "dana@acme.example")
    office.deliver()
    assert upstream.to("dana@acme.example") == (passed or raw).replace(b"Bcc: boss@us.example\r\n", b"")
    (message,) = office.messages()
    assert (message.tracking, message.state, message.subject) == (Tracking.OFF, MessageState.SENT, "Offer for Käse")
    assert message.tracking_reason is None if passed else message.tracking_reason.startswith("No tracking: the ")


def test_refusals(office, upstream):
    """Each with its code, and nothing is kept."""
    with office.client(signed_in=False) as client:
        client.ehlo()
        assert client.docmd("MAIL", "FROM:<rita@us.example>")[0] == 530
        for user, password in (("rita@us.example", "wrong"), ("eve@us.example", office.password)):
            assert client.docmd("AUTH", f"PLAIN {plain_login(user, password)}")[0] == 535
        assert client.docmd("AUTH", f"plain {plain_login('RITA@US.example', office.password.upper())}")[0] == 235
        assert client.docmd("MAIL", "FROM:<eve@us.example>")[0] == 550
        assert client.docmd("MAIL", "FROM:<>")[0] == 550
        assert client.docmd("MAIL", f"FROM:<rita@us.example> SIZE={51 * 2**20}")[0] == 552
        for raw in (
            MAIL.replace(b"From: Rita <rita@us.example>", b"From: Eve <eve@us.example>"),
            MAIL.replace(b"From:", b"From: rita@us.example, eve@us.example\r\nX-From:"),
            MAIL.replace(b"From:", b"From: eve@us.example\r\nFrom:"),
            MAIL.replace(b"From:", b"X:"),
            MAIL.replace(b"Bcc:", b"Resent-From: eve@us.example\r\nBcc:"),
        ):
            client.docmd("MAIL", "FROM:<rita@us.example>")
            client.docmd("RCPT", "TO:<bob@else.example>")
            assert client.data(raw)[0] == 550
        client.docmd("MAIL", "FROM:<rita@us.example>")
        client.docmd("RCPT", "TO:<bob@else.example>")
        assert client.data(MAIL + b"\0")[0] == 554
        client.docmd("MAIL", "FROM:<rita@us.example>")
        client.docmd("RCPT", "TO:<bob@else.example>")
        assert client.data(MAIL + b"x" * (2**20 + 10))[0] == 500
        opt_outs.opt_out(office.deps, office.workspace, office.dana.id)
        client.docmd("MAIL", "FROM:<rita@us.example>")
        code, words = client.docmd("RCPT", "TO:<Dana@acme.example>")
        assert (code, b"asked for no more mail on " in words) == (550, True)
        workspaces.change_workspace(office.deps, office.workspace, policy=Policy(reps_see="own"))
        office.store.leads.change(office.dana.id, owner=new_id())
        code, words = client.docmd("RCPT", "TO:<Dana@acme.example>")
        assert (code, words.endswith(b"asked for no more mail")) == (550, True), "a colleague's lead: not when"
        codes = [client.docmd("RCPT", f"TO:<p{number}@else.example>")[0] for number in range(1001)]
        assert (set(codes[:1000]), codes[1000]) == ({250}, 452)
    office.deliver()
    assert upstream.taken == []
    assert office.deps.store.accepted_mails.next_due() is None


def test_bare_breaks_smuggle_no_second_mail(office, upstream):
    """Only CRLF.CRLF ends a mail; bare CR and LF arrive as CRLF, and a line of one dot is stuffed again."""
    body = b"".join(b"one" + form + b"MAIL FROM:<eve@us.example>" for form in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n"))
    raw = b"From: rita@us.example\r\nSubject: s\r\n\r\n" + body + b"\r\n"
    with office.client() as client:
        client.docmd("MAIL", "FROM:<rita@us.example>")
        client.docmd("RCPT", "TO:<bob@else.example>")
        client.putcmd("DATA")
        assert client.getreply()[0] == 354
        client.send(raw.replace(b"\r\n.\n", b"\r\n..\n") + b".\r\n")
        assert client.getreply()[0] == 250
    office.deliver()
    assert len(upstream.taken) == 1
    lines = upstream.to("bob@else.example").partition(b"\r\n\r\n")[2]
    assert lines == body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n") + b"\r\n"


def test_temporary_and_final_refusals(office, upstream):
    """4xx is tried again; 5xx and three days end in an alert of the rep for every recipient. Nothing is delivered twice."""
    upstream.data = ["451 later"] * 2
    office.submit(MAIL, "dana@acme.example", "bob@else.example")
    office.deliver()
    assert upstream.taken == []
    office.deliver(minutes=2)
    assert sorted(recipients for _, recipients, _ in upstream.taken) == [("bob@else.example",), ("dana@acme.example",)]

    upstream.rcpt = ["550 5.1.1 no such user"] * 2
    office.submit(MAIL.replace(b"a1@", b"a2@"), "dana@acme.example", "bob@else.example")
    office.deliver()
    alerts = [(alert.rule, alert.rep, alert.lead, alert.title) for alert in office.store.alerts.latest()]
    assert sorted(alerts, key=lambda alert: alert[3]) == [
        ("not_delivered", office.rita.id, "", "Not delivered: bob@else.example"),
        ("not_delivered", office.rita.id, office.dana.id, "Not delivered: dana@acme.example"),
    ]
    assert [copy.recipient for copy in office.deps.store.relayed_copies.failed_of_rep(office.workspace, office.rita.id)] == [
        "bob@else.example"
    ]
    assert sorted(message.state for message in office.messages()) == ["failed", "sent"]


def test_a_mail_that_leadlight_fails_on_is_tried_again(office, upstream):
    """Later and later, or when its sender asks for it; and one that waits is looked at less and less often."""
    mails, rows = office.deps.store.accepted_mails, office.deps.store.database.messages
    kept = office.submit(MAIL, "dana@acme.example")
    broken = key_of(office.workspace, id_of(office.workspace, kept, mailbox_key("dana@acme.example")))
    rows.insert_one({"_id": broken, "ws": office.workspace})  # a row that nothing can read
    for tries, pause in ((1, 1), (2, 5), (3, 30)):
        office.deliver(minutes=pause if tries > 1 else 0)
        (waiting,) = mails.unrouted_of_rep(office.workspace, office.rita.id)
        assert (waiting.tries, waiting.due_at - office.clock[0]) == (tries, timedelta(minutes=[1, 5, 30][tries - 1]))
        assert waiting.error == "Leadlight could not process it (ValidationError)."
        office.clock[0] -= timedelta(minutes=0 if tries < 3 else 1)
    rows.delete_one({"_id": broken})
    office.deliver()
    assert upstream.taken == []
    upstream.rcpt = ["550 5.1.1 no such user"]
    mails.retry(office.workspace, office.rita.id, office.clock[0])
    office.deliver()
    assert [message.state for message in office.messages()] == ["failed"]
    assert mails.unrouted_of_rep(office.workspace, office.rita.id) == []
    looks = []
    while (due := mails.next_due()) is not None:
        looks.append(due)
        office.clock[0] = due
        finished.remove_finished(office.deps, 5)
    assert len(looks) < 60
    assert timedelta(days=7) < looks[-1] - waiting.accepted_at < timedelta(days=7, minutes=5)


def test_copies_wait_until_their_mail_is_routed(office, upstream):
    """The notifier died between the copies and the note that they exist: they would be made again after they were sent."""
    office.submit(MAIL, "bob@else.example")
    routing.route_accepted(office.deps, 1)
    office.deps.store.database.accepted_mails.update_many({}, {"$set": {"is_routed": False}})
    office.deliver()
    assert upstream.taken == []
    office.deliver(minutes=3)
    office.deliver(minutes=3)
    assert [recipients for _, recipients, _ in upstream.taken] == [("bob@else.example",)]


def test_copies_are_sent_while_mail_keeps_coming(office, upstream):
    """Copies do not wait until there is nothing to route: a client that sends without end would hold back all others."""
    first = office.submit(MAIL, "p0@else.example")
    routing.route_accepted(office.deps, 1)
    office.submit(MAIL, "p1@else.example")
    claimed = office.copies.claim(())
    with Connections() as connections:
        office.copies.deliver(claimed, connections)
    assert (claimed.mail, [recipient for _, (recipient,), _ in upstream.taken]) == (first, ["p0@else.example"])
    assert office.deps.store.database.accepted_mails.count_documents({"is_routed": False}) == 1


def test_tls_from_the_first_byte_and_limits(office):
    """Implicit TLS, AUTH LOGIN, at most 20 connections of a rep, and a removed app password."""
    clients = []
    for _ in range(20):
        clients.append(office.tls_client())
        clients[-1].user, clients[-1].password = "rita@us.example", office.password
        clients[-1].ehlo()
        assert clients[-1].auth("LOGIN", clients[-1].auth_login)[0] == 235
    with office.tls_client() as client, pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        client.login("rita@us.example", office.password)
    assert refused.value.smtp_code == 421
    submit(clients[0], MAIL, "bob@else.example")
    office.deps.store.app_passwords.remove_of_rep(office.workspace, office.rita.id)
    assert clients[0].docmd("MAIL", "FROM:<rita@us.example>")[0] == 535
    for client in clients:
        client.close()


def test_unknown_recipients_and_conversations(office, upstream):
    """They become leads only if the rep says so, never colleagues; an answer joins the conversation, and stops the inquiry's clock."""
    add_inquiry(office.deps, office.deps.store.workspaces.get(office.workspace), office.dana, GivenInquiry("Call me"))
    office.submit(MAIL, "bob@else.example", "carl@us.example")
    office.deliver()
    assert office.store.leads.by_email("bob@else.example") is None
    office.store.reps.change(office.rita.id, adds_leads=True)
    office.submit(
        MAIL.replace(b"bob@else", b'"Bob B." <bob@else').replace(b"example\r\nBcc", b"example>\r\nBcc"),
        "bob@else.example",
        "carl@us.example",
    )
    office.submit(MAIL, "dana@acme.example")
    office.deliver(seconds=1)
    office.submit(MAIL.replace(b"Message-ID: <a1@", b"In-Reply-To: <a1@laptop.example>\r\nMessage-ID: <a2@"), "dana@acme.example")
    office.deliver(seconds=1)
    assert office.store.leads.by_email("bob@else.example").name == "Bob B."
    assert office.store.leads.by_email("carl@us.example") is None
    answer, first = office.messages()
    assert answer.envelope.thread == first.id
    recompute(office.deps, "live")
    (inquiry,) = office.store.inquiries.of_lead(office.dana.id)
    assert (inquiry.answered_at, inquiry.answered_by, inquiry.answered_how) == (first.sent_at, office.rita.id, "email")


def test_consent_is_that_of_the_moment_of_sending(office, upstream):
    """Consent that was withdrawn while the mail waited: the original bytes, and the message says why. A tracked one offers the choice."""
    policy = TrackingPolicy(own_country="US", decided_by="Ada", decided_at=NOON)
    office.deps.store.workspaces.change(office.workspace, tracking_policy=policy)
    set_consent(office.deps, office.workspace, office.dana.id, state="granted", how="phone", by="Ada")
    upstream.rcpt = ["451 later"]
    office.submit(MAIL, "dana@acme.example")
    office.deliver()
    (waiting,) = office.messages()
    assert (waiting.tracking, waiting.state, "https://links.us.example/p/" in waiting.html) == (Tracking.FULL, MessageState.QUEUED, True)
    set_consent(office.deps, office.workspace, office.dana.id, state="refused", how="phone", by="Ada")
    office.deliver(minutes=2)
    (message,) = office.messages()
    assert upstream.to("dana@acme.example") == NO_BCC
    assert (message.tracking, message.state, "links.us.example" in message.html) == (Tracking.OFF, MessageState.SENT, False)
    assert message.tracking_reason.startswith("No tracking: permission refused")


def test_without_a_public_edge_mail_goes_out_untracked(office, upstream):
    """A mail is never refused nor delayed because of tracking."""
    deps = dataclasses.replace(office.deps, settings=dataclasses.replace(office.deps.settings, edge_url="http://localhost:1"))
    office.submit(MAIL, "dana@acme.example")
    CopySender(deps, lambda: None).send_all()
    MailSender(deps).send_all()
    assert upstream.to("dana@acme.example") == NO_BCC
    assert "EDGE_URL" in office.messages()[0].tracking_reason
