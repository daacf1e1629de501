"""Emailing a lead and importing leads: previews without effect, sends with confirmation, harmless files."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import Message as Mail
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tests.console.conftest import Browser, Office
from tests.ports import free_ports
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.base.settings import Settings
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageState
from tracker.domain.team.rep import Rep
from tracker.links.keys import Keys

BODY = (
    "Hi {{first_name|there}},\n\nsee [our prices](https://www.northbeam.example/pricing) or https://www.northbeam.example/x\n\n{{rep_name}}"
)


class Inbox(MessageHandler):
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.refusal = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return self.refusal or await super().handle_DATA(server, session, envelope)

    def handle_message(self, message: Mail) -> None:
        self.mails.append(message)


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, Controller]]:
    """A mail server, and what starts and stops it."""
    handler = Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_ports(1, low=19_000))
    controller.start()
    yield handler, controller
    controller.stop()


@pytest.fixture
def settings(settings: Settings, inbox: tuple[Inbox, Controller]) -> Settings:
    """The demo's mail goes to the inbox."""
    return replace(settings, demo_smtp_port=inbox[1].port)


@pytest.fixture(autouse=True)
def keys(deps: Deps) -> None:
    """The signing keys are there before anything looks for them, as `make up` sees to."""
    Keys.load(deps.settings.signing_keys_file)


@pytest.fixture
def dana(deps: Deps, office: Office) -> Lead:
    """A lead of the admin, in a workspace that may send: the demo, since the test's edge is local."""
    deps.store.workspaces.change(office.workspace.id, is_demo=True)
    return leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana Whitfield", owner=office.admin.id)


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], office: Office) -> Browser:
    """The admin's browser."""
    return signed_in(office.admin)


def test_the_check_says_which_links_are_tracked(rita: Browser, dana: Lead) -> None:
    """A link whose text is its own address stays as it is, and says why."""
    found = rita.post(f"/leads/{dana.id}/write/check", {"subject": "For {{first_name}}", "body": BODY, "tracking": "full"}).get_json()
    assert found["subject"] == "For Dana"
    assert [(link["label"], link["tracked"]) for link in found["links"]] == [
        ("our prices", True),
        ("https://www.northbeam.example/x", False),
    ]
    assert "is an address" in found["links"][1]["reason"]


def test_a_merge_field_that_cannot_be_filled_is_said(rita: Browser, dana: Lead) -> None:
    """Before sending, not after."""
    found = rita.post(f"/leads/{dana.id}/write/check", {"subject": "x", "body": "{{company}}"}).get_json()
    assert "this lead does not have" in found["problem"]


def test_other_braces_and_a_missing_place_for_the_pixel_are_notes(rita: Browser, dana: Lead) -> None:
    """The email can be sent; the rep knows what it will look like, and what it will not tell."""
    draft = {"subject": "x", "body": "{{nonsense}} {{first_name}}", "tracking": "full"}
    found = rita.post(f"/leads/{dana.id}/write/check", draft).get_json()
    assert (found["problem"], found["notes"]) == (None, ["{{nonsense}} is no merge field and will be sent as written."])
    cut = rita.post(f"/leads/{dana.id}/write/check", {**draft, "body": "<p>Hi</p><a href='x", "mode": "html"}).get_json()
    assert [note[:24] for note in cut["notes"]] == ["Opens are not tracked: t"]
    assert rita.post(f"/leads/{dana.id}/write/check", {"subject": "x", "body": "Hi"}).get_json()["notes"] == []


@pytest.mark.parametrize(
    ("degree", "flash", "status"),
    [
        ("full", "Sent. You are alerted when Dana opens it.", "No open seen."),
        ("links", "Sent. You are alerted when Dana clicks a link.", "Opens are not tracked."),
        ("off", "Sent, without tracking.", "Sent without tracking."),
    ],
)
def test_a_degree_of_tracking_is_chosen(
    rita: Browser, deps: Deps, office: Office, dana: Lead, inbox: tuple[Inbox, Controller], degree: str, flash: str, status: str
) -> None:
    """The bytes hold what was chosen; the message page says what is not tracked."""
    assert "Clicks only" in rita.get(f"/leads/{dana.id}/write").text
    rita.post(f"/leads/{dana.id}/write", {"subject": "Offer", "body": BODY, "tracking": degree})
    html = inbox[0].mails[0].get_payload()[1].get_payload(decode=True).decode()
    assert ("/o/" in html, "/c/" in html) == (degree == "full", degree != "off")
    assert flash in rita.get(f"/leads/{dana.id}").text
    (message,) = deps.store.of(office.workspace.id).messages.of_lead(dana.id)
    page = rita.get(f"/messages/{message.id}").text
    assert page.count(status) == 1
    assert ("Opens are not tracked" in page) is (degree == "links")


def test_the_profile_sets_what_an_email_tracks_by_default(rita: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """Compose begins with it; a form without it keeps it."""
    own = {"name": office.admin.name, "email": office.admin.email, "timezone": "UTC"}
    deps.store.workspaces.change(office.workspace.id, is_demo=False)
    rita.post("/settings/me", {**own, "tracking": "links"})
    assert '<option value="links" selected>' in rita.get("/settings/me").text
    assert '<option value="links" selected>' in rita.get(f"/leads/{dana.id}/write").text
    rita.post("/settings/me", own)
    assert deps.store.of(office.workspace.id).reps.get(office.admin.id).tracking == "links"


def test_the_preview_can_do_nothing(rita: Browser, dana: Lead) -> None:
    """No pixel, no tracked link, no script: looking at a draft is no event."""
    hostile = '<p>x</p><script>alert(1)</script><img src=x onerror=alert(1)><a href="https://www.northbeam.example/">y</a>'
    answer = rita.post(f"/leads/{dana.id}/write/preview", {"subject": "x", "mode": "html", "body": hostile, "tracking": "full"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "script-src" not in policy
    assert "/o/" not in answer.text
    assert "/c/" not in answer.text


def test_a_mail_is_sent_and_told(rita: Browser, deps: Deps, office: Office, dana: Lead, inbox: tuple[Inbox, Controller]) -> None:
    """The mail arrives with filled fields; the timeline has it; a proposal moves the stage later, by rule."""
    server, _ = inbox
    answer = rita.post(f"/leads/{dana.id}/write", {"subject": "For {{first_name}}", "body": BODY, "tracking": "full", "kind": "proposal"})
    assert (answer.status_code, answer.location) == (303, f"/leads/{dana.id}?next=email")
    (mail,) = server.mails
    assert mail["Subject"] == "For Dana"
    page = rita.get(f"/leads/{dana.id}").text
    assert "Sent. You are alerted when Dana opens it." in page
    assert "You sent “For Dana”" in page
    (message,) = deps.store.of(office.workspace.id).messages.of_lead(dana.id)
    assert (message.kind, message.state) == ("proposal", MessageState.SENT)
    shown = rita.get(f"/messages/{message.id}").text
    assert "tracked" in shown
    body = rita.get(f"/messages/{message.id}/body").text
    assert "Hi Dana," in body
    assert "/c/" not in body


def test_a_refused_mail_can_be_sent_again(rita: Browser, deps: Deps, office: Office, dana: Lead, inbox: tuple[Inbox, Controller]) -> None:
    """The mail server takes nothing now: nothing is lost, one button tries again, one mail arrives."""
    server, _ = inbox
    server.refusal = "451 later"
    answer = rita.post(f"/leads/{dana.id}/write", {"subject": "Offer", "body": BODY, "tracking": "full"})
    page = rita.get(answer.location).text
    assert "Not sent yet: the mail server refused the message (451" in page
    assert "Try again" in page
    server.refusal = ""
    rita.post(f"{answer.location}/send")
    rita.post(f"{answer.location}/send")
    assert len(server.mails) == 1


def test_what_keeps_a_mail_from_being_sent_is_said_first(rita: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """A local tracking address cannot be reached by leads: the page says so before anybody writes."""
    deps.store.workspaces.change(office.workspace.id, is_demo=False)
    page = rita.get(f"/leads/{dana.id}/write").text
    assert "Set EDGE_URL to its public https address" in page
    answer = rita.post(f"/leads/{dana.id}/write", {"subject": "Offer", "body": BODY})
    assert answer.status_code == 422
    assert 'value="Offer"' in answer.text


CSV = "E-Mail;First name;Last name;Budget\nada@x.example;Ada;Byron;50k\nbad;=cmd();x;\nADA@x.example;Twice;;\ndana@acme.example;Dana;W;\n"


def look(browser: Browser, text: str) -> str:
    """Uploads a file; the page that says what it would do."""
    return browser.post("/leads/import", {"file": (io.BytesIO(text.encode()), "leads.csv")}, content_type="multipart/form-data").text


def test_an_import_is_looked_at_before_it_is_done(rita: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """Columns, known leads, doubles and problems are shown; nothing is changed yet."""
    page = look(rita, CSV)
    for words in ("4 rows in leads.csv", "custom field", "Dana Whitfield", "line 4", "must be an email address", "Import 1 new lead"):
        assert words in page, words
    assert deps.store.of(office.workspace.id).leads.by_email("ada@x.example") is None


def test_an_import_brings_leads_and_gives_back_what_failed(rita: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """The error file holds the refused rows, no cell of which a spreadsheet would compute."""
    path = look(rita, CSV).partition('action="/leads/import/')[2].partition('"')[0]
    page = rita.post(f"/leads/import/{path}", {"source": "Event", "owner": office.rep.id}).text
    assert "1 lead imported" in page
    ada = deps.store.of(office.workspace.id).leads.by_email("ada@x.example")
    assert ada is not None
    assert (ada.source, ada.owner, ada.fields) == ("Event", office.rep.id, {"Budget": "50k"})
    errors = rita.get(f"/leads/import/{path}/errors.csv")
    assert errors.headers["Content-Disposition"].startswith("attachment")
    assert "'=cmd()" in errors.text


def test_a_file_waits_for_its_rep_alone(rita: Browser, signed_in: Callable[[Rep], Browser], office: Office, dana: Lead) -> None:
    """A colleague with the address of the page cannot take the file in, nor can it be taken in twice."""
    path = look(rita, CSV).partition('action="/leads/import/')[2].partition('"')[0]
    assert signed_in(office.rep).post(f"/leads/import/{path}").status_code == 410
    assert rita.post(f"/leads/import/{path}").status_code == 200
    assert rita.post(f"/leads/import/{path}").status_code == 410


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x01\x02", "email\n"], ids=["empty", "no address column", "binary", "no rows"])
def test_a_useless_file_is_said_to_be(rita: Browser, office: Office, text: str) -> None:
    """One sentence, no stack trace, nothing imported."""
    page = look(rita, text)
    assert "Import 0" not in page
    assert ("This file" in page) or ("0 rows" in page)


def test_a_lead_who_wants_no_mail_gets_none(rita: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """The button is gone, and the form would refuse."""
    deps.store.of(office.workspace.id).leads.change(dana.id, opted_out_at=deps.now())
    assert f"/leads/{dana.id}/write" not in rita.get(f"/leads/{dana.id}").text
    assert rita.post(f"/leads/{dana.id}/write", {"subject": "x", "body": "x"}).status_code == 422
