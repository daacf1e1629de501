"""The inbox: replies that wait for an answer, one conversation with the lead beside it, and answering it."""

from tests.console.test_console_mail_list import HOSTILE, write  # noqa: F401 - a fixture
from tracker.actions.mail_inbound.outcomes import record_reply
from tracker.actions.workspace import workspaces
from tracker.domain.workspace.workspace import Policy


def test_the_inbox(signed_in, office, deps, write):  # noqa: F811
    """Hostile replies are text; reading, answering, and marking; only those who see the lead see anything."""
    offer, other = write(office.rep, HOSTILE), write(office.admin, "Of the admin")
    for message in (offer, other):
        record_reply(deps, message, key=f"<{message.id}@x.example>", at=deps.now(), text=f"Please call {HOSTILE}", quoted=f"> {HOSTILE}")
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    here = deps.store.of(office.workspace.id).conversations
    (mine,), (hers,) = here.of_lead(offer.lead), here.of_lead(other.lead)
    browser = signed_in(office.rep)

    listed = browser.get("/mail/inbox").text
    assert f'href="/mail/inbox/{mine.id}"' in listed
    assert "inbox-unread" in listed
    assert hers.id not in listed
    assert browser.get(f"/mail/inbox/{hers.id}").status_code == 404
    page = browser.get(f"/mail/inbox/{mine.id}").text
    for text in (listed, page):
        assert "&lt;img src=x" in text
        assert "<img src=x" not in text
    assert f"/messages/{offer.id}" in page
    assert "Quoted text" in page
    assert "Why " in page

    assert not here.get(mine.id).is_unread
    browser.post(f"/mail/inbox/{mine.id}/unread")
    assert here.get(mine.id).is_unread
    assert browser.post(f"/mail/inbox/{mine.id}/answered").location == "/mail/inbox"
    assert mine.id not in browser.get("/mail/inbox").text
    assert mine.id in browser.get("/mail/inbox?state=all&q=Lead").text
    assert mine.id not in browser.get("/mail/inbox?state=all&q=unknown").text
    browser.post(f"/mail/inbox/{mine.id}/open")
    assert here.get(mine.id).is_open

    signed_in(office.admin).get(f"/mail/inbox/{mine.id}")
    assert here.get(mine.id).is_unread, "a manager who looks does not read for the rep"


def test_without_a_mailbox_the_inbox_says_what_to_do(signed_in, office):
    """As in the words of the interface."""
    assert "Connect your mailbox to see replies here." in signed_in(office.rep).get("/mail/inbox").text
