"""Sending through a real mail server: once, complete, with errors that say whether a retry can help."""

import dataclasses
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from tests.ports import free_ports
from tracker.actions.leads import leads, opt_outs
from tracker.actions.mail import messages
from tracker.actions.mail.sending import check_sending, fail_stuck, is_reachable
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

    sent = messages.send_message(deps, demo[0], made.id)

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
        messages.send_message(deps, demo[0], made.id)
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(("answer", "permanent"), [("550 6.6.6 secret-host", True), ("451 redis 7.2", False)])
def test_refusals_say_whether_a_retry_can_help(deps, demo, inbox, answer, permanent):
    """The message fails with the code, never with the server's text, and can be sent again."""
    made = draft(deps, demo)
    inbox.answer = answer

    with pytest.raises(DeliveryError) as caught:
        messages.send_message(deps, demo[0], made.id)

    failed = deps.store.of(demo[0]).messages.get(made.id)
    assert (caught.value.permanent, failed.state) == (permanent, MessageState.FAILED)
    assert answer[:3] in failed.error
    assert answer[4:] not in failed.error + str(caught.value)
    inbox.answer = "250 taken"
    assert messages.send_message(deps, demo[0], made.id).state is MessageState.SENT


def test_an_unreachable_server_is_a_transient_error(deps, demo):
    """The message can be sent again."""
    deps = dataclasses.replace(deps, settings=dataclasses.replace(deps.settings, demo_smtp_port=free_ports(1)))
    made = draft(deps, demo)

    with pytest.raises(DeliveryError, match="cannot be reached") as caught:
        messages.send_message(deps, demo[0], made.id)
    assert not caught.value.permanent


def test_a_lead_that_opted_out_gets_no_mail(deps, demo, inbox):
    """Refused before the server is contacted."""
    made = draft(deps, demo)
    opt_outs.opt_out(deps, demo[0], demo[2].id)

    with pytest.raises(Invalid, match="no more mail"):
        messages.send_message(deps, demo[0], made.id)
    assert inbox.mails == []


def test_a_message_of_a_killed_sender_fails(deps, demo):
    """The sweep fails a message stuck in sending, with a reason; it is never resent automatically."""
    made, here = draft(deps, demo), deps.store.of(demo[0])
    here.messages.claim(made.id, from_states=(MessageState.DRAFT,), to=MessageState.SENDING)
    later = dataclasses.replace(deps, now=lambda: deps.now().replace(year=2999))

    assert fail_stuck(deps, demo[0]) == 0
    assert fail_stuck(later, demo[0]) == 1
    assert "may have arrived" in here.messages.get(made.id).error


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
