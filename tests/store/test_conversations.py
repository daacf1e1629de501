"""Conversations: what waits for an answer, however late and in whatever order replies and answers become known."""

from datetime import timedelta

import pytest

from tests.store.test_mail_inbound import HOUR, Office, office, raw  # noqa: F401 - a fixture
from tests.unit.mail.inbound.samples import OURS
from tracker.actions.conversations.thread import thread_entries
from tracker.actions.mail import messages
from tracker.actions.mail.new_message import new_message
from tracker.actions.mail_inbound.report import report
from tracker.store.past_conversations import add_past_conversations


def conversation(office: Office):  # noqa: F811
    (found,) = office.store.conversations.of_lead(office.dana.id)
    return found


def answer(office: Office, **given):  # noqa: F811
    values = {"subject": "Re: Offer", "html": "<p>Thanks.</p><blockquote>Yes.</blockquote>"} | given
    made = new_message(office.deps, office.workspace, lead=office.dana.id, may_see=lambda _: True, uploader=None, **values)
    messages.mark_sent(office.deps, office.workspace, made.id)
    return office.store.messages.get(made.id)


def test_a_reply_waits_until_the_company_answers(office: Office):  # noqa: F811
    """An answer in the conversation refers to the reply; another reply waits again; each has its place in the thread."""
    office.receive(raw("Yes.\n\nOn Mon, 7 Dec 2026 Rosa <rosa@us.example> wrote:\n> Hi\n> there", In_Reply_To=OURS))
    found = conversation(office)
    assert (found.thread, found.rep, found.is_open, found.is_unread) == (office.offer.id, office.rosa.id, True, True)
    assert found.message_ids == ("<r1@acme.example>",)

    sent = answer(office, reply_to_message=office.offer.id)
    assert (sent.envelope.in_reply_to, sent.envelope.references) == ("<r1@acme.example>", (OURS, "<r1@acme.example>"))
    assert not conversation(office).is_open

    office.clock[0] += HOUR
    report(office.deps, office.workspace, sent.id, kind="reply", id="x", text="One more thing.", at=office.clock[0])
    found = conversation(office)
    assert (found.is_open, found.message) == (True, sent.id)
    entries = thread_entries(office.deps, found)
    assert [(one.kind, one.text) for one in entries][1:] == [("reply", "Yes."), ("sent", "Thanks.\n\nYes."), ("reply", "One more thing.")]
    assert entries[1].quoted == "On Mon, 7 Dec 2026 Rosa <rosa@us.example> wrote:\n> Hi\n> there"


@pytest.mark.parametrize(
    ("given", "is_answer"),
    [({}, True), ({"campaign": "spring"}, False), ({"reply_to_message": "other"}, False), ({"cc": ["kim@acme.example"]}, True)],
)
@pytest.mark.parametrize("is_read_late", [False, True])
def test_what_answers(office: Office, given, is_answer, is_read_late):  # noqa: F811
    """Also where the mailbox is read after the answer was sent: a new email by a person does, a campaign or another conversation does not."""
    mail = raw(In_Reply_To=OURS)
    if given.get("reply_to_message"):
        given = {"reply_to_message": office.sent(office.dana, "Contract", "<other@us.example>").id}
        office.store.messages.change(given["reply_to_message"], sent_at=office.clock[0] - timedelta(hours=3))
    if not is_read_late:
        office.receive(mail)
    answer(office, **given)
    if is_read_late:
        office.receive(mail)
    assert conversation(office).is_open is not is_answer


def test_replies_of_earlier_versions_are_listed_once(office: Office):  # noqa: F811
    """The upgrade may be repeated, and leaves newer rows as they are."""
    office.receive(raw(In_Reply_To=OURS))
    now = conversation(office)
    office.store.conversations.remove(now.id)
    for _ in range(2):
        add_past_conversations(office.deps.store)
    past = conversation(office)
    assert (past.id, past.reply, past.is_open, past.is_unread) == (now.id, now.reply, True, False)
