"""The inquiry mailbox: which email becomes an inquiry of whom, once, and why another one does not."""

import pytest

from tests.store.test_mail_inbound import NAMED, Office, office  # noqa: F401 - a fixture
from tests.unit.mail.inbound.samples import OURS
from tracker.actions.inquiry_mail.mailbox import set_inquiry_rules
from tracker.actions.inquiry_mail.take import take
from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.actions.workspace import teams
from tracker.base.errors import Invalid
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMailbox, InquiryMailRule
from tracker.domain.workspace.custom_field import CustomField

FORM = """A new request

*Name:* ignored
First name: Zoë
Last name: Okafor-Lindqvist
E-Mail-Adresse: zoe@bakery.example (work)
Company: Okafor Bakery
Telefon:
+49 30 1234567
Region: North
Note: seen at the fair
Nachricht: We need
three vans. Budget: 5,000 a month.

Thanks
"""


@pytest.fixture
def box(office: Office) -> InquiryMailbox:  # noqa: F811
    """A mailbox with rules; nothing is connected."""
    team = teams.add_team(office.deps, office.workspace, name="North", members=[office.rosa.id])
    set_custom_fields(office.deps, office.workspace, [CustomField(id="", name="Region")])
    mailbox = InquiryMailbox(workspace=office.workspace, host="imap.us.example", port=993, security="tls", user="info@us.example")
    office.store.inquiry_mailboxes.put(mailbox)
    rules = (
        InquiryMailRule(sender="@forms.example", subject="request", reads="lines", source="Web form", team=team.id),
        InquiryMailRule(sender="*@partner-*.example", source="Referral", owner=office.rosa.id),
        InquiryMailRule(subject="newsletter", reads="nothing"),
    )
    return set_inquiry_rules(office.deps, office.workspace, rules=rules, takes_others=True, source="Other")


def mail(text="Could you call me?", sender="Zoë Okafor <zoe@bakery.example>", subject="Vans", key="1", **fields):
    head = {"From": sender, "Subject": subject, "Message-ID": f"<{key}@x.example>", "Date": "Mon, 7 Dec 2026 12:55:00 +0000"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    return ("".join(f"{name}: {value}\n" for name, value in head.items()) + f"\n{text}\n").encode()


def test_an_unknown_sender_becomes_a_lead_once(office: Office, box: InquiryMailbox):  # noqa: F811
    """The same email changes nothing, also where a crash lost the result; another one of the lead is another inquiry."""
    done = take(office.deps, box, mail())
    assert (done.result, done.sender, done.subject) == ("lead", "zoe@bakery.example", "Vans")
    lead = office.store.leads.get(done.lead)
    assert (lead.name, lead.source, lead.owner) == ("Zoë Okafor", "Other", None)
    take(office.deps, box, mail())
    office.store.inquiry_mails.remove(done.id)
    assert take(office.deps, box, mail()).result == "inquiry"
    (inquiry,) = office.store.inquiries.of_lead(lead.id)
    assert (inquiry.message, inquiry.form, inquiry.is_silent) == ("Vans\n\nCould you call me?", "Email to info@us.example", False)
    assert take(office.deps, box, mail("Any news?", key="2")).result == "inquiry"
    assert len(office.store.inquiries.of_lead(lead.id)) == 2


def test_a_program_reports_who_inquires(office: Office, box: InquiryMailbox):  # noqa: F811
    """Lines with labels in several languages, a value in the next line, custom fields, a message with colons; the team's turn."""
    done = take(office.deps, box, mail(FORM, "Forms <no-reply@forms.example>", "New request 17", Auto_Submitted="auto-generated"))
    lead = office.store.leads.get(done.lead)
    assert (lead.email, lead.name, lead.company, lead.phone) == (
        "zoe@bakery.example",
        "Zoë Okafor-Lindqvist",
        "Okafor Bakery",
        "+49 30 1234567",
    )
    assert (lead.source, lead.owner, lead.fields) == ("Web form", office.rosa.id, {"Region": "North"})
    (inquiry,) = office.store.inquiries.of_lead(lead.id)
    assert inquiry.message == "We need\nthree vans. Budget: 5,000 a month.\n\nThanks\nNote: seen at the fair"
    fields = {"sender": "no-reply@forms.example", "subject": "A request"}
    assert take(office.deps, box, mail("Call me", key="3", Reply_To="Kim <kim@x.example>", **fields)).result == "lead"
    assert take(office.deps, box, mail("No labels", key="4", **fields)).reason == "no_address"


@pytest.mark.parametrize(
    ("raw", "result", "reason"),
    [
        (NAMED["bounce: postfix"].replace(OURS, "<1@else.example>").encode(), "ignored", "bounce"),
        (mail(Auto_Submitted="auto-replied"), "ignored", "absence"),
        (mail(subject="Automatic reply: Vans"), "ignored", "absence"),
        (mail(FORM, "x@forms.example", "Your request", Auto_Submitted="auto-replied (vacation)"), "ignored", "absence"),
        (mail(List_Unsubscribe="<https://x.example>"), "ignored", "automatic"),
        (mail(sender="noreply@shop.example"), "ignored", "automatic"),
        (mail(sender="ROSA@us.example"), "ignored", "own"),
        (mail(sender="info@us.example"), "ignored", "own"),
        (mail(subject="Our Newsletter"), "ignored", "rule"),
        (mail(In_Reply_To="<7@else.example>"), "ignored", "answer"),
        (mail(sender="Kim <kim@partner-north.example>", In_Reply_To="<7@else.example>"), "lead", ""),
        (mail(sender="dana@acme.example", In_Reply_To=OURS, subject="Re: Offer"), "reply", ""),
        (mail(sender="Dana <dana@acme.example>"), "inquiry", ""),
        (mail(sender=""), "ignored", "no_address"),
    ],
)
def test_what_becomes_of_email(office: Office, box: InquiryMailbox, raw, result, reason):  # noqa: F811
    """Only what persons write, and what programs report under a rule, makes inquiries."""
    done = take(office.deps, box, raw)
    assert (done.result, done.reason) == (result, reason)
    assert (done.lead is not None) == (result in ("lead", "inquiry"))
    assert [one.id for one in office.store.inquiry_mails.page().items] == [done.id]


def test_rules_are_checked(office: Office, box: InquiryMailbox):  # noqa: F811
    """Those that name no one, an unknown rep or team; and without others only rules count."""
    wrong = ({}, {"sender": "a@b.example", "owner": "x"}, {"sender": "a@b.example", "team": "x"}, {"sender": "a\nb"})
    for values in wrong:
        with pytest.raises(Invalid):
            set_inquiry_rules(office.deps, office.workspace, rules=[InquiryMailRule(**values)], takes_others=True, source="Other")
    assert office.store.inquiry_mailboxes.get(INQUIRY_MAILBOX).rules == box.rules
    strict = set_inquiry_rules(office.deps, office.workspace, rules=box.rules, takes_others=False, source="Phone")
    assert take(office.deps, strict, mail()).reason == "no_rule"
