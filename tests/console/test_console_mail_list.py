"""The list of emails: whose, in which state, what the leads did, and cancelling."""

from datetime import timedelta

import pytest

from tests.console.conftest import Office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.mail.new_message import new_message
from tracker.actions.workspace import workspaces
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState, Reaction
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Policy

ANY = {"may_see": lambda _lead: True, "uploader": None}
HOSTILE = '"><img src=x onerror=alert(1)>{{7*7}}\u202e'


@pytest.fixture
def write(deps: Deps, office: Office):
    """Writes an email in a state."""

    def made(rep: Rep | None, subject: str, state: MessageState = MessageState.SENT, lead: Lead | None = None, **values) -> Message:
        lead = lead or leads.add_lead(
            deps,
            office.workspace.id,
            email=f"{abs(hash(subject))}@x.example",
            name=f"Lead of {subject[:20]}",
            owner=rep.id if rep else None,
        )
        found = new_message(
            deps, office.workspace.id, lead=lead.id, rep=rep.id if rep else None, subject=subject, html="<p>Secret body</p>", **ANY
        )
        sent = {"sent_at": deps.now()} if state is MessageState.SENT else {}
        return deps.store.of(office.workspace.id).messages.change(found.id, state=state, **sent, **values)

    return made


def test_a_rep_sees_the_own_emails_first(signed_in, office, deps, write):
    """With state, reaction and hostile subjects as text; those of others on request."""
    write(office.rep, HOSTILE, reaction=Reaction(opened_at=deps.now()))
    write(office.rep, "Refused", MessageState.FAILED, error="<b>550</b> no such user")
    write(office.admin, "Of the admin")
    write(None, "Of a program")
    browser = signed_in(office.rep)

    page = browser.get("/mail").text
    for words in (
        "&lt;img src=x",
        "{{7*7}}",
        "Opened",
        "Not sent",
        "&lt;b&gt;550&lt;/b&gt;",
        'href="/mail/templates"',
        'href="/mail/snippets"',
    ):
        assert words in page
    assert "Of the admin" not in page
    assert "Secret body" not in page
    assert "<img src=x" not in page
    everyone = browser.get("/mail?rep=all").text
    assert all(words in everyone for words in ("Of the admin", "Mara Oliveira", "Of a program", "API", "Refused"))
    one = browser.get(f"/mail?rep={office.admin.id}").text
    assert ("Of the admin" in one, "Refused" in one) == (True, False)
    assert "Refused" in browser.get("/mail?rep=unknown&state=odd&cursor=").text


@pytest.mark.parametrize(
    ("state", "shown"), [("scheduled", "Later"), ("waiting", "Soon"), ("sent", "Gone"), ("failed", "Refused"), ("drafts", "Unfinished")]
)
def test_each_state_has_its_list(signed_in, office, write, state, shown):
    """Only its messages."""
    found = {"Later": MessageState.SCHEDULED, "Soon": MessageState.QUEUED, "Gone": MessageState.SENT}
    found |= {"Refused": MessageState.BOUNCED, "Unfinished": MessageState.DRAFT}
    for subject, kind in found.items():
        write(office.rep, subject, kind)
    page = signed_in(office.rep).get(f"/mail?state={state}").text
    assert [subject for subject in found if f"<bdi>{subject}</bdi>" in page] == [shown]


def test_where_reps_see_own_leads_only_the_list_shows_no_others(signed_in, office, deps, write):
    """Neither a colleague's emails nor an own one to a lead that is a colleague's now; admins see all."""
    lost = leads.add_lead(deps, office.workspace.id, email="lost@x.example", name="Lost Lead", owner=office.admin.id)
    write(office.rep, "Mine")
    write(office.rep, "To a lost lead", lead=lost)
    write(office.admin, "Of the admin")
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    browser = signed_in(office.rep)

    for path in ("/mail", "/mail?rep=all", f"/mail?rep={office.admin.id}"):
        page = browser.get(path).text
        assert ("Mine" in page, "To a lost lead" in page, "Lost Lead" in page, "Of the admin" in page) == (True, False, False, False)
    everyone = signed_in(office.admin).get("/mail?rep=all").text
    assert all(words in everyone for words in ("Mine", "To a lost lead", "Of the admin"))


def test_a_scheduled_email_is_cancelled_from_the_list(signed_in, office, deps, write):
    """By its sender or an admin; the list stays as it was."""
    found = write(office.rep, "Later", MessageState.SCHEDULED, next_try_at=deps.now() + timedelta(days=1))
    browser = signed_in(office.rep)
    page = browser.get("/mail?state=scheduled").text
    assert f'action="/messages/{found.id}/cancel"' in page
    assert "It is sent" in page
    done = browser.post(f"/messages/{found.id}/cancel", {"back": "mail", "state": "scheduled", "rep": ""})
    assert (done.status_code, done.location) == (303, "/mail?state=scheduled")
    assert deps.store.of(office.workspace.id).messages.get(found.id).state is MessageState.DRAFT
    other = write(office.admin, "Not mine", MessageState.SCHEDULED)
    assert f"/messages/{other.id}/cancel" not in browser.get("/mail?rep=all").text


def test_pages_hold_every_email_once(signed_in, office, write):
    """Fifty on each."""
    for number in range(52):
        write(office.rep, f"Number {number:02}")
    browser = signed_in(office.rep)
    first = browser.get("/mail").text
    link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = browser.get(link).text
    shown = [number for page in (first, second) for number in range(52) if f"Number {number:02}</bdi></a>" in page]
    assert sorted(shown) == list(range(52))
    assert browser.get("/mail?cursor=nonsense").status_code in (400, 422)


def test_the_first_visit_says_where_to_begin(signed_in, office):
    """And a filter without results says so."""
    assert "Open a lead to write the first." in signed_in(office.rep).get("/mail").text
    assert "No emails match." in signed_in(office.rep).get("/mail?state=failed").text
