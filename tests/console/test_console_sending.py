"""Send later, cancel, the sender of a rep, and how the workspace sends."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.console.conftest import Browser, Office
from tests.mail_receivers import MailReceiver, mail_receiver
from tests.notifier.receivers import Receiver, answer, receiver
from tests.notifier.test_mail_sign_in import CLIENT, CODE, TENANT
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.base.settings import Settings
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageState
from tracker.domain.team.rep import Rep
from tracker.domain.team.sender import SenderProfile
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.links.keys import Keys


@pytest.fixture
def server() -> Iterator[MailReceiver]:
    """The mail server."""
    with mail_receiver() as running:
        yield running


@pytest.fixture
def login() -> Iterator[Receiver]:
    """Microsoft's sign-in server."""
    with receiver() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, server: MailReceiver, login: Receiver) -> Settings:
    """A public edge, and the servers of this test."""
    return replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}", edge_url="https://links.us.example", microsoft_login_url=login.url)


@pytest.fixture
def dana(deps: Deps, office: Office) -> Lead:
    """A lead of the admin."""
    Keys.load(deps.settings.signing_keys_file)
    return leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana Whitfield", owner=office.admin.id)


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], office: Office) -> Browser:
    """The admin's browser."""
    return signed_in(office.admin)


def message_of(deps: Deps, office: Office, lead: Lead):
    """The lead's only message."""
    (found,) = deps.store.of(office.workspace.id).messages.of_lead(lead.id)
    return found


def test_an_email_is_scheduled_shown_and_cancelled(rita, deps, office, dana, server) -> None:
    """The lead page lists it; after Cancel it is a draft, and can be sent at once."""
    form = {"subject": "Offer", "body": "Hello", "later": "yes", "send_at": f"{deps.now().year + 1}-01-05T09:00"}
    deps.store.workspaces.change(office.workspace.id, working_hours=WorkingHours(days=(0, 1, 2, 3, 4, 5, 6), start=0, end=1440))
    assert "Send later" in rita.get(f"/leads/{dana.id}/write").text

    sent = rita.post(f"/leads/{dana.id}/write", form)

    assert sent.location == f"/leads/{dana.id}?next=email"
    page = rita.get(sent.location).text
    assert "Scheduled for " in page
    assert "It is sent " in page
    message = message_of(deps, office, dana)
    assert message.state is MessageState.SCHEDULED
    assert "Send now" in rita.get(f"/messages/{message.id}").text
    assert rita.post(f"/messages/{message.id}/cancel", {"back": "lead"}).location == f"/leads/{dana.id}"
    assert "Cancelled. “Offer” is a draft again." in rita.get(f"/leads/{dana.id}").text
    rita.post(f"/messages/{message.id}/cancel")
    assert "Not cancelled" in rita.get(f"/messages/{message.id}").text
    rita.post(f"/messages/{message.id}/send")
    assert len(server.taken) == 1
    assert "The mail server answered: <code>250 2.0.0 Ok: queued as 4F2A</code>" in rita.get(f"/messages/{message.id}").text


@pytest.mark.parametrize("send_at", ["", "2020-01-01T09:00", "soon"])
def test_a_time_that_is_not_in_the_future_is_refused(rita, deps, office, dana, server, send_at) -> None:
    """Nothing is created, and the text stays in the form."""
    answered = rita.post(f"/leads/{dana.id}/write", {"subject": "Offer", "body": "My words", "later": "yes", "send_at": send_at})

    assert answered.status_code == 422
    assert "must be a time in the future" in answered.text
    assert "My words" in answered.text
    assert deps.store.of(office.workspace.id).messages.of_lead(dana.id) == []


def test_the_reps_sender_is_on_the_email(rita, deps, office, dana, server) -> None:
    """Name and Reply-To in the headers, the cleaned signature below the text."""
    saved = {"name": "Rita of Northbeam", "reply_to": "office@us.example", "signature": "<p>Rita<script>x</script></p>"}
    rita.post("/settings/me/sender", saved | {"address": office.admin.email})
    rita.post(f"/leads/{dana.id}/write", {"subject": "Offer", "body": "Hello"})

    (mail,) = server.taken
    assert mail["From"] == f"Rita of Northbeam <{office.admin.email}>"
    assert mail["Reply-To"] == "office@us.example"
    assert "<div><p>Rita</p></div>" in mail.get_body(("html",)).get_content()
    assert "Rita" in mail.get_body(("plain",)).get_content()


def test_no_rep_writes_in_the_name_of_another_address(rita, deps, office) -> None:
    """Only own and confirmed addresses are taken."""
    answered = rita.post("/settings/me/sender", {"name": "", "address": "ceo@us.example"})

    assert "must be your address" in rita.get("/settings/me").text + answered.text
    assert deps.store.of(office.workspace.id).reps.get(office.admin.id).sender == SenderProfile()


def test_the_workspaces_rules_of_sending(rita, deps, office) -> None:
    """Working hours, daily limit, sender of alerts."""
    good = {"day-0": "yes", "day-5": "yes", "start": "09:30", "end": "00:00", "daily_limit": "50", "alert_sender": "alerts@us.example"}
    rita.post("/settings/mail/sending", good)

    found = deps.store.workspaces.get(office.workspace.id)
    assert found.working_hours == WorkingHours(days=(0, 5), start=570, end=1440)
    assert (found.daily_limit, found.alert_sender) == (50, "alerts@us.example")
    page = rita.get("/settings/mail").text
    assert 'value="09:30"' in page
    for wrong in ({"daily_limit": "0"}, {"start": "25:00"}, {"end": "09:00"}, {"alert_sender": "x"}, {"day-0": "", "day-5": ""}):
        rita.post("/settings/mail/sending", good | wrong)
        assert deps.store.workspaces.get(office.workspace.id) == found, wrong


def test_the_guide_for_microsoft_shows_the_code(rita, deps, office, login) -> None:
    """Values to paste, then the code; while it was not entered, the page says so."""
    assert "Office 365 Exchange Online" in rita.get("/settings/mail/microsoft").text
    login.script.append(answer(200, json.dumps(CODE).encode(), Content_Type="application/json"))
    begun = rita.post("/settings/mail/microsoft", {"address": "rita@us.example", "client_id": CLIENT, "tenant": TENANT})

    assert begun.location == "/settings/mail/microsoft#code"
    assert "GTHK-QPMN" in rita.get("/settings/mail/microsoft").text
    login.script.append(answer(400, b'{"error": "authorization_pending"}', Content_Type="application/json"))
    rita.post("/settings/mail/microsoft/check")
    assert "does not know of the sign-in yet" in rita.get("/settings/mail/microsoft").text
    wrong = rita.post("/settings/mail/microsoft", {"address": "rita@us.example", "client_id": "a b", "tenant": TENANT})
    assert wrong.status_code == 422
    assert "must be pasted" in wrong.text


def test_a_rep_signs_in_to_the_mailbox(rita, deps, office, login) -> None:
    """With a code, while the mailbox is not connected yet; what is wrong is said, and no secret is in the page."""
    login.script.append(answer(200, json.dumps(CODE).encode(), Content_Type="application/json"))
    begun = rita.post("/settings/mailbox/microsoft", {"address": "rita@us.example", "client_id": CLIENT, "tenant": TENANT})
    assert begun.location == "/settings/mailbox/microsoft#code"
    assert "GTHK-QPMN" in rita.get("/settings/mailbox/microsoft").text
    login.script.append(answer(400, b'{"error": "authorization_pending"}', Content_Type="application/json"))
    rita.post("/settings/mailbox/microsoft/check")
    assert "does not know of the sign-in yet" in rita.get("/settings/mailbox/microsoft").text
    assert "Connect with a password" in rita.get("/settings/mailbox").text
    given = {"address": "rita@us.example", "client_id": "1-x.apps", "client_secret": "GOCSPX-secret", "refresh_token": ""}
    wrong = rita.post("/settings/mailbox/google", given)
    assert (wrong.status_code, "GOCSPX-secret" in wrong.text) == (422, False)
    rita.post("/settings/mailbox/company")
    assert "is for another mailbox, or may only send" in rita.get("/settings/mailbox").text


def test_the_guide_for_google_refuses_what_is_missing(rita) -> None:
    """With the field, and without the secrets in the page."""
    given = {"address": "rita@us.example", "client_id": "1-x.apps", "client_secret": "GOCSPX-secret", "refresh_token": ""}
    answered = rita.post("/settings/mail/google", given)

    assert answered.status_code == 422
    assert "GOCSPX-secret" not in answered.text


def test_an_admin_sets_a_reps_daily_limit(rita, deps, office) -> None:
    """Also the admin's own; empty means the workspace's limit again; the menu shows what is set."""
    path = f"/settings/team/{office.admin.id}"
    reps = deps.store.of(office.workspace.id).reps

    for given, kept in (("0", 0), ("40", 40), ("", None)):
        assert rita.post(path, {"daily_limit": given}).location == "/settings/team"
        assert reps.get(office.admin.id).daily_limit == kept
        assert (f"{kept} emails a day" in rita.get("/settings/team").text) == (kept is not None)
    for wrong in ("many", "-1", "10001", "1.5", "9" * 5000):
        assert rita.post(path, {"daily_limit": wrong}).status_code < 500
        assert reps.get(office.admin.id).daily_limit is None
