"""Mail that comes back: the ladder from a received mail to our message, and what follows from it. actions.mail_inbound."""

import dataclasses
import json
from datetime import date, timedelta

import pytest

from tests.scenes import NOON
from tests.unit.mail.inbound.samples import ALL, LEAD, OURS
from tracker.actions.leads import leads
from tracker.actions.mail import messages
from tracker.actions.mail_inbound.new_address import refuse_new_address
from tracker.actions.mail_inbound.outcomes import set_bounced
from tracker.actions.mail_inbound.receive import receive
from tracker.actions.team import reps
from tracker.actions.workspace import workspaces
from tracker.domain.mail.envelope import Envelope, Mailbox
from tracker.domain.mail.message import MessageState
from tracker.links.keys import Keys
from workers.recompute.run import recompute

NAMED = {f"{sample.kind}: {sample.name}": sample.raw for sample in ALL}
HOUR = timedelta(hours=1)


class Office:
    """A workspace with a rep, a lead, and a message that was sent to the lead."""

    def __init__(self, deps, clock):
        self.deps, self.clock = deps, clock
        self.workspace = workspaces.add_workspace(deps, "Us").id
        self.store = deps.store.of(self.workspace)
        self.rosa = reps.add_rep(deps, self.workspace, email="rosa@us.example", name="Rosa Lima")
        self.dana = leads.add_lead(deps, self.workspace, email=LEAD, name="Dana Whitfield", owner=self.rosa.id)
        self.tom = leads.add_lead(deps, self.workspace, email="tom@acme.example", name="Tom Reyes", owner=self.rosa.id)
        self.offer = self.sent(self.dana, "Offer")

    def sent(self, lead, subject, message_id=OURS):
        made = messages.create_message(
            self.deps, self.workspace, lead=lead.id, subject=subject, html='<p>Hi</p><a href="https://us.example/x">x</a>'
        )
        messages.mark_sent(self.deps, self.workspace, made.id)
        return self.store.messages.change(made.id, message_id=message_id)

    def receive(self, raw):
        found = receive(self.deps, self.workspace, raw.encode())
        return found.value if found else None

    def kinds(self, lead=None):
        return [event.kind.value for event in self.store.events.of_lead((lead or self.dana).id) if event.kind.value != "sent"]

    def event(self, kind):
        (found,) = [event for event in self.store.events.of_lead(self.dana.id) if event.kind.value == kind]
        return found

    def lead(self):
        return self.store.leads.get(self.dana.id)


@pytest.fixture
def office(deps):
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    clock = [NOON.replace(year=2026, month=12, day=7, hour=9)]
    office = Office(dataclasses.replace(deps, now=lambda: clock[0]), clock)
    clock[0] += 4 * HOUR
    return office


def raw(text="Yes.", *, sender=LEAD, subject="Re: Offer", **fields):
    head = {"From": sender, "Subject": subject, "Message-ID": "<r1@acme.example>", "Date": "Mon, 7 Dec 2026 10:00:00 +0000"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    return "".join(f"{name}: {value}\n" for name, value in head.items()) + f"\n{text}\n"


def test_a_reply_is_a_response_with_an_alert_and_holds_scheduled_mail_back(office):
    """Once, however often the mail is seen; mail scheduled after the reply, and other leads' mail, goes on."""
    later = office.clock[0] + 24 * HOUR
    early, other, late = (
        messages.create_message(office.deps, office.workspace, lead=lead, subject="More", html="<p>x</p>")
        for lead in [office.dana.id, office.tom.id, office.dana.id]
    )
    for one, asked in ((early, -4), (other, -4), (late, 0)):
        times = {"queued_at": office.clock[0] + asked * HOUR, "next_try_at": later, "send_at": later}
        office.store.messages.change(one.id, state=MessageState.SCHEDULED, **times)

    for _ in range(2):
        assert office.receive(raw("Sounds good.\n\nOn Mon, 7 Dec 2026 Rosa <rosa@us.example> wrote:\n> Hi", In_Reply_To=OURS)) == "reply"

    assert office.kinds() == ["reply"]
    event = office.event("reply")
    assert (event.text, event.message, event.fields, event.at.hour) == (
        "Sounds good.",
        office.offer.id,
        {"quoted": "On Mon, 7 Dec 2026 Rosa <rosa@us.example> wrote:\n> Hi"},
        10,
    )
    states = [office.store.messages.get(one.id).state.value for one in (early, other, late)]
    assert states == ["draft", "scheduled", "scheduled"]
    assert "replied" in office.store.messages.get(early.id).error
    recompute(office.deps, "live")
    lead = office.lead()
    assert lead.derived.last_response_at == event.at
    assert lead.derived.waits_since is None
    assert lead.derived.engagement > 0
    (alert,) = [alert for alert in office.store.alerts.latest() if alert.rule == "reply"]
    assert (alert.priority, alert.title) == ("loud", "Dana Whitfield replied to your email")
    assert "“Sounds good.” Reply to “Offer”." in alert.text


def test_the_ladder(office):
    """References, the id that the server gave, our tokens, and address with subject; each by the mail's own address."""
    office.store.messages.change(office.offer.id, server_message_id="<srv@ses.example>")
    token = office.offer.links[0].tracked_url
    assert office.receive(raw(References=f"<0@x> {OURS} <9@acme.example>", Message_ID="<a@x>")) == "reply"
    assert office.receive(raw(In_Reply_To="<srv@ses.example>", Message_ID="<b@x>")) == "reply"
    assert (
        office.receive(raw(f"New thread\n> see https://safe.example/?url={token.replace('/', '%2F')}", subject="Hello", Message_ID="<c@x>"))
        == "reply"
    )
    assert office.receive(raw(subject="AW: RE:  offer", Message_ID="<d@x>")) == "reply"
    assert office.receive(raw(In_Reply_To=OURS, sender="Kim <kim@acme.example>", Message_ID="<e@x>")) == "reply"
    recorded = office.store.events.of_lead(office.dana.id)
    assert [event.fields for event in recorded if event.kind == "reply"].count({"match": "probably"}) == 1
    assert [event.fields for event in recorded if event.kind == "reply"].count({"from": "kim@acme.example"}) == 1
    assert len(office.kinds()) == 5


def test_what_is_about_none_of_our_messages_leaves_no_trace(office):
    """Other correspondents, a rep's own mail, an old subject, a message of another workspace, and tokens that were changed."""
    other = workspaces.add_workspace(office.deps, "Others").id
    assert receive(office.deps, other, raw(In_Reply_To=OURS).encode()) is None
    token = office.offer.links[0].tracked_url
    assert receive(office.deps, other, raw(f"> {token}", subject="x").encode()) is None
    assert office.receive(raw(sender="friend@else.example", In_Reply_To="<7@else.example>")) is None
    assert office.receive(raw(sender="friend@else.example")) is None
    assert office.receive(raw(sender="Rosa <ROSA@us.example>", In_Reply_To=OURS)) is None
    assert office.receive(raw(f"> {token[:-3]}abc", sender="friend@else.example", subject="x")) is None
    assert office.receive(NAMED["bounce: postfix"].replace(OURS, "<1@else.example>").replace(LEAD, "bob@else.example")) is None
    office.clock[0] += timedelta(days=31)
    assert office.receive(raw()) is None
    assert office.kinds() == []
    assert "friend" not in json.dumps(
        [str(row) for name in office.deps.store.database.list_collection_names() for row in office.deps.store.database[name].find()]
    )


def test_a_mail_to_two_leads_is_answered_by_one_of_them(office):
    """Both messages carry one Message-ID: the sender's address decides; a third person's answer is left out."""
    office.sent(office.tom, "Offer")
    assert office.receive(raw(sender="Tom <tom@acme.example>", In_Reply_To=OURS)) == "reply"
    assert (office.kinds(), office.kinds(office.tom)) == ([], ["reply"])
    assert office.receive(raw(sender="kim@acme.example", In_Reply_To=OURS)) is None


def test_a_recipient_in_copy_is_not_the_lead(office):
    """Bounces, absences and answers of those who are no leads are not the lead's; but a colleague answers for the lead."""
    shown = (Mailbox("boss@us.example"), Mailbox("kim@acme.example"), Mailbox("eve@else.example"))
    office.store.messages.change(office.offer.id, envelope=Envelope(to=(Mailbox(LEAD),), cc=shown))
    assert office.receive(NAMED["bounce: postfix"].replace(LEAD, "eve@else.example")) is None
    for number, sender in enumerate(("boss@us.example", "eve@else.example")):
        assert office.receive(raw(sender=sender, In_Reply_To=OURS, Message_ID=f"<{number}@x>")) is None
    assert office.receive(raw(sender="kim@acme.example", In_Reply_To=OURS, Auto_Submitted="auto-replied", Message_ID="<3@x>")) is None
    complaint = next(text for name, text in NAMED.items() if name.startswith("complaint"))
    assert office.receive(complaint) is None
    assert (office.kinds(), office.lead().bounced_at, office.lead().opted_out_at) == ([], None, None)
    for number, text in enumerate(("Yes.", "My new address is kim@new.example")):
        assert office.receive(raw(text, sender="Kim@acme.example", In_Reply_To=OURS, Message_ID=f"<4{number}@x>")) == "reply"
        assert office.lead().new_email is None, "another address of the lead"
    for number, automatic in enumerate(({}, {"Auto_Submitted": "auto-replied"})):
        office.receive(raw("Please use kim@acme.example from now on.", In_Reply_To=OURS, Message_ID=f"<6{number}@x>", **automatic))
        assert office.lead().new_email is None, "another address of the lead"
    assert office.receive(raw(sender="dana@home.example", In_Reply_To=OURS, Message_ID="<5@x>")) == "reply"
    assert office.lead().new_email == "dana@home.example"
    assert office.receive(NAMED["bounce: postfix"]) == "bounce"
    assert office.receive(complaint.replace("Subject: Offer", f"Subject: Offer\n\n{office.offer.links[0].tracked_url}")) == "complaint"


def test_a_hard_bounce_marks_message_and_lead_until_the_address_changes(office):
    """The sender is told once; a soft one marks the message alone, a delay nothing."""
    office.receive(NAMED["bounce: postfix delay"])
    assert (office.kinds(), office.store.messages.get(office.offer.id).state.value) == ([], "sent")

    for _ in range(2):
        assert office.receive(NAMED["bounce: postfix"]) == "bounce"

    message, lead = office.store.messages.get(office.offer.id), office.lead()
    assert (message.state.value, message.bounced_at, office.kinds()) == ("bounced", office.event("bounce").at, ["bounce"])
    assert "User unknown" in message.error
    assert "User unknown" in lead.bounce_reason
    (alert,) = office.store.alerts.latest()
    assert (alert.rule.value, alert.rep) == ("not_delivered", office.rosa.id)
    recompute(office.deps, "live")
    assert office.lead().derived.engagement < 0 or office.lead().derived.score == 0
    changed = leads.change_lead(office.deps, office.workspace, office.dana.id, email="dana.w@acme.example")
    assert (changed.bounced_at, changed.bounce_reason) == (None, None)


def test_a_soft_bounce_says_nothing_about_the_lead(office):
    assert office.receive(NAMED["bounce: gmail full"]) == "bounce"
    assert (office.store.messages.get(office.offer.id).state.value, office.lead().bounced_at) == ("bounced", None)
    assert office.event("bounce").fields == {"severity": "soft"}


def test_a_probable_hard_bounce_needs_a_second_one_or_a_rep(office):
    """Address and subject alone may be those of another email: the lead keeps score and address until it is confirmed."""

    def bounce(number):
        return office.receive(f"X-Number: {number}\n" + NAMED["bounce: postfix"].replace(OURS, "<unknown@else.example>"))

    assert bounce(1) == "bounce"
    assert bounce(1) == "bounce"
    lead, event = office.lead(), office.event("bounce")
    assert (lead.bounced_at, lead.bounce_doubt_at, event.fields) == (None, event.at, {"severity": "doubt", "match": "probably"})
    assert office.store.messages.get(office.offer.id).error.startswith("Probably: ")
    recompute(office.deps, "live")
    assert office.lead().derived.engagement == 0
    works = set_bounced(office.deps, office.workspace, office.dana.id, is_bounced=False)
    assert (works.bounced_at, works.bounce_doubt_at, works.bounce_reason) == (None, None, None)
    assert bounce(2) == "bounce"
    assert set_bounced(office.deps, office.workspace, office.dana.id, is_bounced=True).bounced_at == office.lead().bounced_at
    office.store.leads.change(office.dana.id, bounced_at=None, bounce_doubt_at=NOON)
    assert bounce(3) == "bounce"
    assert (office.lead().bounced_at is not None, office.lead().bounce_doubt_at) == (True, None)


def test_an_absence_is_noted_and_is_no_response(office):
    """Until the day that it names; a reply ends it."""
    assert office.receive(NAMED["away: outlook"]) == "away"
    assert office.lead().away_until == date(2026, 12, 18)
    recompute(office.deps, "live")
    assert office.lead().derived.last_response_at is None
    assert office.store.alerts.latest() == []
    office.receive(raw(In_Reply_To=OURS))
    assert office.lead().away_until is None
    assert sorted(office.kinds()) == ["away", "reply"]


def test_a_complaint_ends_all_mail(office):
    assert office.receive(NAMED["complaint: feedback report"]) == "complaint"
    assert office.lead().opted_out_at is not None
    assert office.kinds() == ["unsubscribe"]


def test_only_mail_that_is_certain_proposes_another_address(office):
    """By address and subject alone anyone can name an address of their own."""
    moved, away, back = (
        raw("My new address is dana@evil.example", Message_ID="<n1@acme.example>"),
        raw("My new address is dana@evil.example", Message_ID="<n2@acme.example>", Auto_Submitted="auto-replied"),
        NAMED["bounce: postfix"].replace("User unknown", "please try <dana@evil.example>"),
    )
    for mail, kind in ((moved, "reply"), (away, "away"), (back.replace(OURS, "<unknown@else.example>"), "bounce")):
        assert (office.receive(mail), office.lead().new_email) == (kind, None)
    for mail in (*(f"In-Reply-To: {OURS}\nX-Again: 1\n" + one.replace("<n", "<again") for one in (moved, away)), back):
        office.receive(mail)
        assert office.lead().new_email == "dana@evil.example"
        office.store.leads.change(office.dana.id, new_email=None, new_email_at=None)


def test_each_refused_address_stays_refused(office):
    """Also after another one was proposed, and after the address of the lead was changed."""

    def answer(number, again=""):
        office.receive(raw(sender=f"Dana{number}@home.example", In_Reply_To=OURS, Message_ID=f"<{number}{again}@x>"))
        return office.lead().new_email_at is not None

    for number in range(11):
        assert answer(number)
        refuse_new_address(office.deps, office.workspace, office.dana.id)
    leads.change_lead(office.deps, office.workspace, office.dana.id, email="dana.w@acme.example")
    assert [answer(number, "again") for number in (10, 1, 0)] == [False, False, True], "the newest ten"
