"""The page of the inquiry mailbox: rules in their order, what became of each email, and disconnecting."""

import msgspec

from tests.api.samples import add_inquiry_mailbox
from tests.console.test_console_mail_list import HOSTILE
from tracker.base.ids import new_id
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMail
from tracker.store.ops.audit import AuditQuery


def test_the_inquiry_mailbox(signed_in, office, deps):
    """An admin adds and removes rules; what is wrong is said with the input kept; hostile email is text."""
    here, browser = deps.store.of(office.workspace.id), signed_in(office.admin)
    assert 'name="takes_others"' not in browser.get("/settings/inquiry-mail").text
    refused = browser.post("/settings/inquiry-mail", {"host": "https://x", "security": "tls", "user": "info"})
    assert (refused.status_code, "only the name of your mail server" in refused.text) == (422, True)

    shared = browser.post("/settings/inquiry-mail", {"by": "company", "host": "evil.example", "user": "info@us.example"})
    assert (shared.status_code, "needs a sign-in" in shared.text.lower()) == (422, True)
    add_inquiry_mailbox(deps, office.workspace.id)
    kept = InquiryMail(id=new_id(), workspace=office.workspace.id, at=deps.now(), result="ignored", sender=HOSTILE, subject=HOSTILE)
    here.inquiry_mails.add(msgspec.structs.replace(kept, reason="own"))
    path = "/settings/inquiry-mail/rules"
    for sender in ("@forms.example", HOSTILE[:-1]):
        assert browser.post(path, {"sender": sender, "reads": "lines", "source": "Web form", "owner": f"rep:{office.rep.id}"}).location
    wrong = browser.post(path, {"reads": "lines"})
    assert (wrong.status_code, "Must name a sender" in wrong.text) == (422, True)
    page = browser.get("/settings/inquiry-mail").text
    for words in ("@forms.example", "A program reports who inquires", "Tom Birch", "From an address of your company.", "&lt;img src=x"):
        assert words in page
    assert "<img src=x" not in page
    browser.post(path, {"remove": "1"})
    browser.post(path, {"others": "yes", "source": "Phone"})
    found = here.inquiry_mailboxes.get(INQUIRY_MAILBOX)
    assert ([rule.sender for rule in found.rules], found.takes_others, found.source) == (["@forms.example"], False, "Phone")
    stale = browser.post(path, {"sender": "a@b.example", "version": "0"})
    assert stale.status_code == 422

    assert browser.post("/settings/inquiry-mail/remove").status_code == 303
    assert here.inquiry_mailboxes.find(INQUIRY_MAILBOX) is None
    told = [entry.subject for entry in here.audit.page(AuditQuery(), limit=20).items]
    assert (told.count("rules of the inquiry mailbox"), told.count("inquiry mailbox")) == (4, 1)
