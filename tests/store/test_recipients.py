"""Several recipients, conversations and attachments, as a real mail server received them."""

import dataclasses
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from notifier.mail_sender import MailSender
from tests.ports import free_ports
from tracker.actions.leads import leads, opt_outs
from tracker.actions.mail import attachments, messages, new_message
from tracker.actions.mail.compose import choice_url, unsubscribe_url
from tracker.actions.mail.forget_recipient import forget_recipient
from tracker.actions.mail.sending import check_copy
from tracker.actions.mail_queue.outbox import cancel_for_all, send_to_all
from tracker.actions.team import reps
from tracker.actions.workspace import workspaces
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.domain.mail.message import MessageState
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.sender import SenderProfile
from tracker.links.keys import Keys

HTML = '<p>Hi {{first_name|there}}</p><a href="https://acme.example/x">x</a>'
PDF = b"%PDF-1.7\n\x00\xff offer"


class Inbox:
    """Accepts mail, except for the addresses in `refused`."""

    def __init__(self):
        self.mails, self.refused, self.answer = {}, set(), "250 taken"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        (recipient,) = envelope.rcpt_tos
        assert recipient not in self.mails
        self.mails[recipient] = envelope.content
        return self.answer

    def mail(self, recipient):
        """The parsed mail to this address."""
        return message_from_bytes(self.mails[recipient], policy=default)


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


class Desk:
    """A rep with two leads who writes mail."""

    def __init__(self, deps):
        self.deps = deps
        self.ws = workspaces.add_workspace(deps, "Demo", is_demo=True).id
        self.rep = reps.add_rep(deps, self.ws, email="rosa@us.example", name="Rosa Lima")
        self.dana = leads.add_lead(deps, self.ws, email="dana@acme.example", name="Dana Whitfield", owner=self.rep.id)
        self.marcus = leads.add_lead(deps, self.ws, email="marcus@acme.example", name="Marcus Bell", owner=self.rep.id)
        self.store = deps.store.of(self.ws)

    def write(self, **more):
        """A message to Dana."""
        content = {"lead": self.dana.id, "subject": "Plan", "html": HTML, "may_see": lambda _: True, "uploader": None} | more
        return new_message.new_message(self.deps, self.ws, **content)

    def send(self, **more):
        """A message to Dana, sent with all of its batch."""
        made = self.write(**more)
        try:
            send_to_all(self.deps, self.ws, made.id)
        finally:
            MailSender(self.deps).send_all()
        return self.store.messages.get(made.id)

    def upload(self, name="Plan.pdf", content=PDF, rep=None):
        """An uploaded file."""
        return attachments.add_attachment(self.deps, self.ws, name=name, content=content, rep=rep)


@pytest.fixture
def desk(deps):
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    return Desk(deps)


def test_each_lead_gets_tokens_of_their_own_under_one_message_id(desk, inbox):
    """Leads in To, Cc and Bcc; the same Message-ID and visible recipients; different links; everything counts for its own lead."""
    kim = leads.add_lead(desk.deps, desk.ws, email="kim@acme.example", name="Kim Roe")

    first = desk.send(to=[desk.marcus.id], cc=["Kim@acme.example"])

    assert set(inbox.mails) == {"dana@acme.example", "marcus@acme.example", "kim@acme.example"}
    mails = [inbox.mail(address) for address in inbox.mails]
    assert {mail["Message-ID"] for mail in mails} == {first.message_id}
    assert {mail["To"] for mail in mails} == {"Dana Whitfield <dana@acme.example>, Marcus Bell <marcus@acme.example>"}
    assert {mail["Cc"] for mail in mails} == {"Kim Roe <Kim@acme.example>"}
    assert len({mail.get_body(("html",)).get_content() for mail in mails}) == 3
    batch = desk.store.messages.of_batch(first.id)
    assert {message.lead for message in batch} == {desk.dana.id, desk.marcus.id, kim.id}
    assert len({message.pixel_url for message in batch}) == 3
    for message in batch:
        assert [event.kind for event in desk.store.events.of_lead(message.lead)] == ["sent"]


def test_bcc_is_never_on_the_wire(desk, inbox):
    """Neither as a header nor anywhere else in any of the mails; the copy has no pixel and plain links."""
    desk.send(cc=["boss@us.example"], bcc=["crm@us.example", desk.marcus.email])

    for address, raw in inbox.mails.items():
        assert b"crm@us.example" not in raw, address
        assert b"marcus@acme.example" not in raw, address
        assert b"bcc" not in raw.lower(), address
    copy = inbox.mail("crm@us.example").get_body(("html",)).get_content()
    assert copy == inbox.mail("boss@us.example").get_body(("html",)).get_content()
    assert 'href="https://acme.example/x"' in copy
    assert "/o/" not in copy
    assert "Hi Dana" in copy
    assert inbox.mail("marcus@acme.example")["To"] == "Dana Whitfield <dana@acme.example>"


@pytest.mark.parametrize("stored", ["Zoe@Bücher.example", "zoe@xn--bcher-kva.example"])
@pytest.mark.parametrize("typed", ["zoe@bücher.example", "ZOE@BÜCHER.example", "Zoe@XN--bcher-kva.EXAMPLE"])
def test_a_lead_is_recognised_in_every_spelling_of_the_domain(desk, stored, typed):
    """Whether the domain is stored or typed in ASCII: the lead gets a message of its own, once, and an opt-out is respected."""
    zoe = leads.add_lead(desk.deps, desk.ws, email=stored, name="Zoe")
    hidden = desk.write(bcc=[typed], may_see=lambda lead: lead.id == desk.dana.id)
    first = desk.write(cc=[typed], bcc=[stored])

    assert [(m.lead, m.envelope.copy_to) for m in desk.store.messages.of_batch(first.id)] == [(desk.dana.id, None), (zoe.id, None)]
    opt_outs.opt_out(desk.deps, desk.ws, zoe.id)
    with pytest.raises(Invalid, match="no more mail"):
        desk.write(cc=[typed])
    copy = desk.store.messages.of_batch(hidden.id)[1]
    with pytest.raises(Invalid, match="no more mail"):
        check_copy(desk.deps, copy)
    forget_recipient(desk.deps, zoe)
    assert [m.id for m in desk.store.messages.of_batch(hidden.id)] == [hidden.id]


def test_quoted_history_loses_our_traces_in_the_text_part_too(desk):
    """Of another message: destinations in place of tracked links, no pixel, and none of its choices. The own choices stay."""
    old = desk.write(html=f'{HTML}<a href="{{{{unsubscribe_url}}}}">out</a>')
    theirs = (old.links[0].tracked_url, old.pixel_url, choice_url(desk.deps, desk.ws, old.id), unsubscribe_url(desk.deps, desk.ws, old.id))
    answers = [
        desk.write(lead=desk.marcus.id, html=f"<p>Re</p><blockquote>{old.html}</blockquote>", tracking=Tracking.OFF),
        desk.write(lead=desk.marcus.id, text=f"> see {theirs[0]}.\n> ({theirs[0]}) {' '.join(theirs)}\nno: {{{{unsubscribe_url}}}}"),
    ]

    for answer in answers:
        assert "https://acme.example/x" in answer.text
        assert [url for url in theirs if url in answer.text or url in answer.html] == []
    assert unsubscribe_url(desk.deps, desk.ws, answers[1].id) in answers[1].text
    assert "see https://acme.example/x.\n> (https://acme.example/x)" in answers[1].text


def test_a_copy_says_nothing_about_the_lead(desk, inbox):
    """One sent event for the lead, however many copies were sent."""
    desk.send(cc=["boss@us.example"], bcc=["crm@us.example"])

    assert len(inbox.mails) == 3
    assert [event.kind for event in desk.store.events.of_lead(desk.dana.id)] == ["sent"]


def test_a_batch_waits_and_is_cancelled_as_one(desk, inbox):
    """Each recipient is queued for itself, under the Message-ID that it keeps. The first message cancels the others too, a later one only itself."""
    at = desk.deps.now() + timedelta(hours=2)
    first = desk.write(to=[desk.marcus.id], cc=["boss@us.example"])

    send_to_all(desk.deps, desk.ws, first.id, send_at=at, working_hours=False)

    batch = desk.store.messages.of_batch(first.id)
    assert {(m.state, m.next_try_at, m.message_id) for m in batch} == {(MessageState.SCHEDULED, at, f"<{first.id}@us.example>")}
    cancel_for_all(desk.deps, desk.ws, batch[1].id)
    assert [m.state for m in desk.store.messages.of_batch(first.id)] == [MessageState.SCHEDULED, MessageState.DRAFT, MessageState.SCHEDULED]
    cancel_for_all(desk.deps, desk.ws, first.id)
    assert {m.state for m in desk.store.messages.of_batch(first.id)} == {MessageState.DRAFT}
    assert inbox.mails == {}


def test_a_time_too_far_away_fails_no_message(desk):
    """The whole batch stays as it is."""
    first = desk.write(to=[desk.marcus.id])

    with pytest.raises(Invalid, match="within the next year"):
        send_to_all(desk.deps, desk.ws, first.id, send_at=desk.deps.now() + timedelta(days=800))
    assert {m.state for m in desk.store.messages.of_batch(first.id)} == {MessageState.DRAFT}


def test_a_copy_to_an_address_that_opted_out_meanwhile_is_not_sent(desk, inbox):
    """A scheduled copy fails with the reason; the lead's own message and other copies are sent."""
    first = desk.write(cc=[desk.marcus.email, "boss@us.example"], may_see=lambda lead: lead.id == desk.dana.id)
    send_to_all(desk.deps, desk.ws, first.id, send_at=desk.deps.now() + timedelta(hours=2), working_hours=False)
    opt_outs.opt_out(desk.deps, desk.ws, desk.marcus.id)

    later = desk.deps.now() + timedelta(hours=3)
    MailSender(dataclasses.replace(desk.deps, now=lambda: later)).send_all()

    assert set(inbox.mails) == {"dana@acme.example", "boss@us.example"}
    (failed,) = [m for m in desk.store.messages.of_batch(first.id) if m.state is MessageState.FAILED]
    assert (failed.envelope.copy_to, "no more mail" in failed.error) == (desk.marcus.email, True)


def test_the_profile_of_the_sender_applies(desk, inbox):
    """Name and address in From and in the Message-ID; its reply address unless the message names one. A copy has the same."""
    profile = SenderProfile(name="Rosa from Us", address="sales@büro.example", reply_to="answers@us.example")
    desk.store.reps.change(desk.rep.id, sender=profile)

    first = desk.send(bcc=["crm@us.example"])

    for mail in (inbox.mail("dana@acme.example"), inbox.mail("crm@us.example")):
        assert mail["From"] == "Rosa from Us <sales@xn--bro-hoa.example>"
        assert (mail["Message-ID"], mail["Reply-To"]) == (first.message_id, "answers@us.example")
    assert first.message_id == f"<{first.id}@xn--bro-hoa.example>"
    desk.send(lead=desk.marcus.id, reply_to="office@us.example")
    assert inbox.mail("marcus@acme.example")["Reply-To"] == "office@us.example"


def test_a_copy_that_another_program_sent_makes_no_event(desk):
    """As one that Leadlight sent."""
    first = desk.write(bcc=["crm@us.example"])

    for message in desk.store.messages.of_batch(first.id):
        messages.mark_sent(desk.deps, desk.ws, message.id)
    assert [event.message for event in desk.store.events.of_lead(desk.dana.id)] == [first.id]


def test_one_refused_recipient_stops_no_other(desk, inbox):
    """The refused one fails with its reason and can be sent again; the first one too."""
    inbox.refused = {"marcus@acme.example"}
    first = desk.send(to=[desk.marcus.id], cc=["boss@us.example"])

    states = {m.envelope.copy_to or m.lead: m.state for m in desk.store.messages.of_batch(first.id)}
    failed, sent = MessageState.FAILED, MessageState.SENT
    assert states == {desk.dana.id: sent, desk.marcus.id: failed, "boss@us.example": sent}

    inbox.refused = {"dana@acme.example"}
    inbox.mails.clear()
    with pytest.raises(DeliveryError):
        desk.send(to=[desk.marcus.id])
    assert set(inbox.mails) == {"marcus@acme.example"}


def test_no_address_gets_it_twice(desk, inbox):
    """The same person in several fields, in another spelling."""
    desk.send(to=[desk.dana.id], cc=["DANA@acme.example", "boss@us.example"], bcc=["Boss@us.example"])

    assert set(inbox.mails) == {"dana@acme.example", "boss@us.example"}


def test_a_lead_that_the_sender_may_not_see_is_an_address_like_others(desk):
    """An untracked copy, without the lead's name; nothing is written about that lead. By id it is unknown."""
    first = desk.write(cc=[desk.marcus.email], may_see=lambda lead: lead.id == desk.dana.id)

    copy = desk.store.messages.of_batch(first.id)[1]
    assert (copy.lead, copy.envelope.copy_to, copy.pixel_url) == (desk.dana.id, "marcus@acme.example", None)
    assert copy.envelope.cc[0].name == ""
    with pytest.raises(Invalid, match="ids of leads"):
        desk.write(to=[desk.marcus.id], may_see=lambda lead: lead.id == desk.dana.id)


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_a_lead_that_opted_out_gets_no_copy(desk, field):
    """Whatever the field, and no draft is left behind."""
    opt_outs.opt_out(desk.deps, desk.ws, desk.marcus.id)

    with pytest.raises(Invalid, match="no more mail"):
        desk.write(**{field: [desk.marcus.id if field == "to" else desk.marcus.email]})
    assert desk.store.messages.count() == 0


def test_a_merge_field_that_one_recipient_lacks_leaves_no_half(desk):
    """All messages of the batch or none."""
    leads.change_lead(desk.deps, desk.ws, desk.dana.id, job_title="CTO")

    with pytest.raises(Invalid, match="job_title"):
        desk.write(to=[desk.marcus.id], html="<p>{{job_title}}</p>")
    assert desk.store.messages.count() == 0


def test_an_answer_joins_the_conversation(desk, inbox):
    """In-Reply-To, References and Subject follow from the message answered, over several turns."""
    first = desk.send(subject="Plan")
    inbox.mails.clear()
    second = desk.send(subject=None, reply_to_message=first.id)
    inbox.mails.clear()
    third = desk.send(subject=None, reply_to_message=second.id, reply_to="sales@us.example")

    mail = inbox.mail("dana@acme.example")
    assert (mail["Subject"], mail["In-Reply-To"]) == ("Re: Plan", second.message_id)
    assert mail["References"].split() == [first.message_id, second.message_id]
    assert mail["Reply-To"] == "sales@us.example"
    assert {message.envelope.thread for message in (second, third)} == {first.id}


def test_an_answer_refers_to_the_message_id_that_the_server_told(desk, inbox):
    """The lead's copy carries the server's id, so In-Reply-To names it; References has both."""
    told = "<AM0PR1@eurprd.prod.outlook.example>"
    inbox.answer = f"250 2.0.0 OK {told} [Hostname=AM0PR1]"
    first = desk.send()
    assert first.server_message_id == told
    inbox.mails.clear()
    desk.send(subject=None, reply_to_message=first.id)

    mail = inbox.mail("dana@acme.example")
    assert mail["In-Reply-To"] == told
    assert mail["References"].split() == [first.message_id, told]


def test_only_a_sent_message_is_answered(desk):
    """A draft has no Message-ID that another mail program could know."""
    with pytest.raises(Invalid, match="was sent"):
        desk.write(reply_to_message=desk.write().id)


@pytest.mark.parametrize("value", ["x", "<a@b>\r\nBcc: x@y.example", "<a b@c>", "<>", "<a@b> <c@d>", "<é@x.example>"])
def test_a_message_id_cannot_break_out(desk, value):
    """One id, ASCII, without spaces."""
    with pytest.raises(Invalid, match="Message-ID"):
        desk.write(in_reply_to=value)


@pytest.mark.parametrize("field", ["cc", "bcc", "reply_to"])
@pytest.mark.parametrize("value", ["x", "a@b.example, c@d.example", "a@b.example\r\nX: y", "Boss <a@b.example>", ""])
def test_addresses_cannot_add_headers(desk, field, value):
    """One address each."""
    if not value and field == "reply_to":
        return
    with pytest.raises(Invalid):
        desk.write(**{field: value if field == "reply_to" else [value]})


def test_attachments_arrive_whole_under_a_safe_name(desk, inbox):
    """Content byte for byte, type by extension, a non-ASCII name by RFC 2231, both texts still alternatives."""
    files = [desk.upload("Angebot für Müller.pdf"), desk.upload("../../etc/pass\u202ewd\r\n.txt", b"a\r\n.\r\nb"), desk.upload("mail.eml")]

    desk.send(attachments=[file.id for file in files])

    mail = inbox.mail("dana@acme.example")
    parts = list(mail.iter_attachments())
    assert [part.get_filename() for part in parts] == ["Angebot für Müller.pdf", "passwd.txt", "mail.eml"]
    assert [part.get_content_type() for part in parts] == ["application/pdf", "text/plain", "application/octet-stream"]
    assert [part.get_payload(decode=True) for part in parts] == [PDF, b"a\r\n.\r\nb", PDF]
    assert mail.get_content_type() == "multipart/mixed"
    assert mail.get_body(("plain",)).get_content().startswith("Hi Dana")
    assert b"filename*=utf-8''Angebot%20f%C3%BCr%20M%C3%BCller.pdf" in inbox.mails["dana@acme.example"]


def test_every_copy_carries_the_attachments(desk, inbox):
    """Stored once for all recipients."""
    file = desk.upload()
    desk.send(to=[desk.marcus.id], bcc=["crm@us.example"], attachments=[file.id])

    for address in inbox.mails:
        (part,) = inbox.mail(address).iter_attachments()
        assert part.get_payload(decode=True) == PDF
    assert desk.deps.store.database.attachments.count_documents({}) == 1


def test_files_of_others_used_files_and_too_much_are_refused(desk):
    """A rep attaches own uploads, each once, and 10 MB in all."""
    theirs, used = desk.upload(rep="another"), desk.upload(rep=desk.rep.id)
    desk.write(attachments=[used.id])
    large = [desk.upload(f"{n}.bin", bytes(6 * 2**20), rep=desk.rep.id).id for n in range(2)]

    for chosen in ([theirs.id], [used.id], ["0" * 32], large):
        with pytest.raises(Invalid, match=r"must"):
            desk.write(attachments=chosen, uploader=desk.rep.id)
    with pytest.raises(Invalid, match="10 MB"):
        desk.upload(content=bytes(10 * 2**20 + 1))
    desk.write(attachments=large[:1], uploader=desk.rep.id)


def test_two_messages_cannot_share_a_file(desk):
    """The second that uses it at the same moment is refused and leaves nothing."""
    file = desk.upload()
    assert desk.store.attachments.assign([file.id], "x") == 1
    assert desk.store.attachments.assign([file.id], "y") == 0
    with pytest.raises((Invalid, Conflict)):
        desk.write(attachments=[file.id])
    assert desk.store.messages.count() == 0


def test_files_go_with_their_last_message(desk):
    """Those of a batch stay while one of its messages does."""
    file = desk.upload()
    first = desk.write(to=[desk.marcus.id], attachments=[file.id])
    batch = desk.store.messages.of_batch(first.id)

    assert attachments.remove_attachments(desk.deps, desk.ws, batch[:1]) == 0
    assert attachments.remove_attachments(desk.deps, desk.ws, batch) == 1
    assert desk.deps.store.database.attachments.count_documents({}) == 0


def test_a_lead_is_forgotten_in_the_messages_of_others(desk):
    """Neither as a visible recipient nor as the address of a copy, in whatever spelling; other leads keep their messages and files."""
    file = desk.upload()
    desk.write(to=[desk.marcus.id], cc=["Marcus@acme.example", "boss@us.example"], attachments=[file.id])
    desk.write(cc=["MARCUS@acme.example"], may_see=lambda lead: lead.id == desk.dana.id, lead=desk.dana.id, subject="Second")
    desk.write(lead=desk.marcus.id, to=[desk.dana.id], subject="Third")

    for _ in range(2):
        forget_recipient(desk.deps, desk.marcus)

    left = [m for m in desk.store.messages.of_leads([desk.dana.id, desk.marcus.id]) if m.lead != desk.marcus.id or m.envelope.copy_to]
    assert sorted(m.subject for m in left) == ["Plan", "Plan", "Second", "Third"]
    told = str([(m.envelope.to, m.envelope.cc, m.envelope.copy_to) for m in left]).casefold()
    assert "marcus" not in told
    assert "boss@us.example" in told
    assert desk.deps.store.database.attachments.count_documents({}) == 1


def test_own_text_is_kept_and_else_follows_the_html(desk, inbox):
    """The text part says what the HTML says, unless its author wrote it."""
    desk.send(text="Own words for {{first_name}}")
    desk.send(lead=desk.marcus.id)

    assert inbox.mail("dana@acme.example").get_body(("plain",)).get_content().strip() == "Own words for Dana"
    assert inbox.mail("marcus@acme.example").get_body(("plain",)).get_content().split() == ["Hi", "Marcus", "x", "(https://acme.example/x)"]
