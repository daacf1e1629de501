"""Sending through a real mail server: once, complete, with errors that say whether a retry can help."""

import dataclasses
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from tests.ports import free_ports
from tracker.actions.leads import leads, opt_outs
from tracker.actions.mail import messages
from tracker.actions.mail.sending import check_sending, is_reachable
from tracker.actions.mail_queue import outbox
from tracker.actions.team import reps
from tracker.actions.workspace import workspaces
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.domain.mail.message import MessageState
from tracker.links.keys import Keys


class Inbox:
    """Accepts mail, or replies as scripted."""

    def __init__(self):
        self.mails, self.answer = [], "250 taken"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        return self.answer


@pytest.fixture
def inbox():
    """A mail server on loopback."""
    taken = Inbox()
    controller = Controller(taken, hostname="127.0.0.1", port=free_ports(1))
    controller.start()
    taken.port = controller.port
    yield taken
    controller.stop()


@pytest.fixture
def settings(settings, inbox):
    """Settings with the inbox as mail server of the demo."""
    return dataclasses.replace(settings, demo_smtp_port=inbox.port)


@pytest.fixture
def demo(deps):
    """A demo workspace that sends to the inbox, a rep, a lead."""
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    workspace = workspaces.add_workspace(deps, "Demo", is_demo=True)
    rep = reps.add_rep(deps, workspace.id, email="rosa@us.example", name="Rosa Lima")
    lead = leads.add_lead(deps, workspace.id, email="dana@acme.example", name="Dana Whitfield", owner=rep.id)
    return workspace.id, rep, lead


def draft(deps, demo):
    """A draft of a message."""
    html = '<p>Olá {{first_name}}</p><a href="https://acme.example/x">x</a>'
    return messages.create_message(deps, demo[0], lead=demo[2].id, subject="Offer – {{company|you}}", html=html)


def test_a_message_arrives_once_and_complete(deps, demo, inbox):
    """Sender, recipient, both parts with pixel and links; the timeline says sent; a second try is a conflict."""
    made = draft(deps, demo)

    sent = outbox.send_message(deps, demo[0], made.id)

    assert (sent.state, len(inbox.mails)) == (MessageState.SENT, 1)
    envelope = inbox.mails[0]
    mail = message_from_bytes(envelope.content, policy=default)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("rosa@us.example", ["dana@acme.example"])
    assert (mail["From"], mail["To"]) == ("Rosa Lima <rosa@us.example>", "Dana Whitfield <dana@acme.example>")
    assert mail["Subject"] == "Offer – you"
    assert mail.get_body(("html",)).get_content().rstrip() == made.html
    assert "Olá Dana" in mail.get_body(("plain",)).get_content()
    assert [event.kind for event in deps.store.of(demo[0]).events.of_lead(demo[2].id)] == ["sent"]
    with pytest.raises(Conflict):
        outbox.send_message(deps, demo[0], made.id)
    assert len(inbox.mails) == 1


def test_a_permanent_refusal_fails_at_once(deps, demo, inbox):
    """The error has the code and our words; the server's are kept apart. It can be sent again."""
    made = draft(deps, demo)
    inbox.answer = "550 6.6.6 secret-host"

    with pytest.raises(DeliveryError) as caught:
        outbox.send_message(deps, demo[0], made.id)

    failed = deps.store.of(demo[0]).messages.get(made.id)
    assert (caught.value.permanent, failed.state, failed.next_try_at) == (True, MessageState.FAILED, None)
    assert "550" in failed.error
    assert "secret-host" not in failed.error + str(caught.value)
    assert failed.server_answer == "550 6.6.6 secret-host"
    inbox.answer = "250 taken"
    assert outbox.send_message(deps, demo[0], made.id).state is MessageState.SENT


def test_a_lead_that_opted_out_gets_no_mail(deps, demo, inbox):
    """Refused before the server is contacted."""
    made = draft(deps, demo)
    opt_outs.opt_out(deps, demo[0], demo[2].id)

    with pytest.raises(Invalid, match="no more mail"):
        outbox.send_message(deps, demo[0], made.id)
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("url", "reachable"),
    [
        ("http://localhost:8081", False),
        ("https://localhost", False),
        ("http://track.example.com", False),
        ("https://track.example.com", True),
        ("https://10.0.0.1", False),
        ("https://box.local", False),
        ("https://intranet", False),
    ],
)
def test_tracking_addresses_that_leads_cannot_reach(deps, url, reachable):
    """While leads could not follow a link, no mail is sent; the error names the setting."""
    assert is_reachable(url) is reachable
    workspace = workspaces.first_workspace(deps)
    lead = leads.add_lead(deps, workspace.id, email="dana@acme.example", name="Dana")
    settings = dataclasses.replace(deps.settings, edge_url=url)
    with pytest.raises(Invalid) as caught:
        check_sending(settings, workspace, lead, None)
    assert (caught.value.field == "EDGE_URL") is not reachable
