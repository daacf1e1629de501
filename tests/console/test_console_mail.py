"""Templates, snippets, further recipients, files and *Test to myself*: what reps do with mail in the console."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from notifier.mail_sender import MailSender
from tests.console.conftest import Browser, Office
from tests.ports import free_ports
from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.mail import snippets, templates
from tracker.base.ids import new_id
from tracker.base.settings import Settings
from tracker.domain.activity.event import OTHER_READER, Event, EventKind, Label, Verdict
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.links.keys import Keys
from tracker.rules.verdicts.first import PERSON

SignIn = Callable[[Rep], Browser]
BODY = "Hi {{first_name|there}},\n\nsee [our prices](https://www.northbeam.example/pricing)"
HOSTILE = '"><svg/onload=alert(1)>{{7*7}}'


class MailServer:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=default)))  # type: ignore[arg-type]
        return "250 taken"


@pytest.fixture
def inbox() -> Iterator[MailServer]:
    """A mail server on loopback."""
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=free_ports(1, low=19_000))
    controller.start()
    server.port = controller.port  # type: ignore[attr-defined]
    yield server
    controller.stop()


@pytest.fixture
def settings(settings: Settings, inbox: MailServer) -> Settings:
    """The demo's mail goes to the inbox."""
    return replace(settings, demo_smtp_port=inbox.port)  # type: ignore[attr-defined]


@pytest.fixture
def dana(deps: Deps, office: Office) -> Lead:
    """A lead of the rep Tom, in a workspace that may send."""
    Keys.load(deps.settings.signing_keys_file)
    deps.store.workspaces.change(office.workspace.id, is_demo=True)
    return leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana Whitfield", company="Acme", owner=office.rep.id)


@pytest.fixture
def tom(signed_in: SignIn, office: Office) -> Browser:
    """The rep's browser."""
    return signed_in(office.rep)


def messages_of(deps: Deps, office: Office, lead: Lead) -> list[Message]:
    """Newest first."""
    return deps.store.of(office.workspace.id).messages.of_lead(lead.id)


def test_a_template_is_written_used_and_measured(tom: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """Created as text, offered in compose, sent, counted; an edit makes version 2 and leaves the sent email as it is."""
    answer = tom.post("/mail/templates", {"name": "Prices", "subject": "For {{first_name}}", "body": BODY, "kind": "proposal"})
    assert (answer.status_code, answer.location) == (303, "/mail/templates")
    (made,) = deps.store.of(office.workspace.id).templates.briefs()

    page = tom.get(f"/leads/{dana.id}/write?template={made.id}").text
    assert 'value="For {{first_name}}"' in page
    assert "[our prices](https://www.northbeam.example/pricing)" in page
    assert '<option value="proposal" selected>' in page
    assert f'name="template" value="{made.id}"' in page
    tom.post(f"/leads/{dana.id}/write", {"subject": "For you", "body": BODY, "track": "yes", "kind": "proposal", "template": made.id})
    (sent,) = messages_of(deps, office, dana)
    assert (sent.template, sent.template_edition, sent.kind) == (made.id, 1, "proposal")

    tom.post(f"/mail/templates/{made.id}", {"name": "Prices", "subject": "New", "body": "<b>x</b>", "mode": "html"})
    edited = deps.store.of(office.workspace.id).templates.get(made.id)
    assert (edited.edition, edited.subject, edited.html, edited.source, edited.kind) == (2, "New", "<b>x</b>", None, None)
    assert "0 of 1" in tom.get("/mail/templates").text
    shown = tom.get(f"/messages/{sent.id}").text
    assert "Prices" in shown
    assert "version 1" in shown


def test_a_template_is_previewed_for_a_lead(tom: Browser, dana: Lead) -> None:
    """With that lead's values, or with the sentence that says what is missing; nothing is tracked."""
    form = {"name": "x", "subject": "For {{first_name}}", "body": BODY, "lead": dana.id}
    assert tom.post("/mail/templates/check", form).get_json()["subject"] == "For Dana"
    body = tom.post("/mail/templates/preview", form).text
    assert "Hi Dana" in body
    assert "/c/" not in body
    assert "job_title" in tom.post("/mail/templates/check", form | {"subject": "{{job_title}}"}).get_json()["problem"]
    assert tom.post("/mail/templates/check", form | {"lead": "0" * 32}).status_code == 404


def test_copy_and_archive(tom: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """A copy has figures of its own; an archived template is not offered, and can be restored."""
    ws = office.workspace.id
    made = templates.add_template(deps, ws, name="Intro", subject="Hello", html="<p>x</p>")
    answer = tom.post(f"/mail/templates/{made.id}/copy")
    assert "Copy of Intro" in tom.get(answer.location).text

    tom.post(f"/mail/templates/{made.id}/archive")
    page = tom.get("/mail/templates").text
    assert made.id not in page
    assert "1 archived template" in page
    assert made.id not in tom.get(f"/leads/{dana.id}/write").text
    assert made.id in tom.get("/mail/templates?archived=yes").text
    tom.post(f"/mail/templates/{made.id}/archive", {"archived": "no"})
    assert made.id in tom.get(f"/leads/{dana.id}/write").text


def test_a_draft_becomes_a_template(tom: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """The editor opens with what was written; nothing is stored before it is saved."""
    assert "/mail/templates/draft" in tom.get(f"/leads/{dana.id}/write").text
    page = tom.post("/mail/templates/draft", {"subject": "Plan for {{company}}", "body": BODY, "kind": "proposal"}).text
    assert 'value="Plan for {{company}}"' in page
    assert "[our prices]" in page
    assert deps.store.of(office.workspace.id).templates.briefs() == []


def test_hostile_names_are_text(tom: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """Names of templates, snippets and files come from people."""
    ws = office.workspace.id
    made = templates.add_template(deps, ws, name=HOSTILE, subject=HOSTILE.replace("{{7*7}}", ""), html="<p>x</p>")
    snippets.add_snippet(deps, ws, office.rep.id, name=HOSTILE, text=HOSTILE)
    file = (io.BytesIO(b"x"), f"{HOSTILE}.txt")
    kept = tom.post(f"/leads/{dana.id}/write", {"subject": "", "body": "x", "files": file}, content_type="multipart/form-data")
    for text in (
        kept.text,
        tom.get("/mail/templates").text,
        tom.get(f"/mail/templates/{made.id}").text,
        tom.get("/mail/snippets").text,
        tom.get(f"/leads/{dana.id}/write").text,
    ):
        assert "<svg/onload" not in text
        assert "svg" in text


def test_files_survive_a_form_that_is_refused(tom: Browser, deps: Deps, office: Office, dana: Lead, inbox: MailServer) -> None:
    """They are uploaded once, sent with the corrected form, shown on the message page, and read as a download."""
    form = {"subject": "Plan", "body": "{{name:}}", "files": (io.BytesIO(b"%PDF-1"), "Offer v2.pdf")}
    refused = tom.post(f"/leads/{dana.id}/write", form, content_type="multipart/form-data")
    assert refused.status_code == 422
    kept = refused.text.partition('name="attachment" value="')[2][:32]

    tom.post(f"/leads/{dana.id}/write", {"subject": "Plan", "body": "x", "track": "yes", "attachment": kept})

    (message,) = messages_of(deps, office, dana)
    page = tom.get(f"/messages/{message.id}").text
    assert "Treated as a proposal" in page
    assert "Offer v2.pdf" in page
    answer = tom.get(f"/messages/{message.id}/files/{kept}")
    assert (answer.data, answer.mimetype) == (b"%PDF-1", "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    ((_, mail),) = inbox.mails
    assert [part.get_filename() for part in mail.iter_attachments()] == ["Offer v2.pdf"]


def test_a_colleagues_upload_is_not_taken(tom: Browser, signed_in: SignIn, deps: Deps, office: Office, dana: Lead) -> None:
    """Its id in the form is ignored."""
    form = {"subject": "", "body": "x", "files": (io.BytesIO(b"secret"), "a.txt")}
    theirs = signed_in(office.admin).post(f"/leads/{dana.id}/write", form, content_type="multipart/form-data")
    kept = theirs.text.partition('name="attachment" value="')[2][:32]
    tom.post(f"/leads/{dana.id}/write", {"subject": "x", "body": "x", "attachment": kept})
    (message,) = messages_of(deps, office, dana)
    assert message.attachments == ()


def test_further_recipients(tom: Browser, deps: Deps, office: Office, dana: Lead, inbox: MailServer) -> None:
    """Leads by address; an address that is no lead belongs under Cc, and the form says so."""
    kim = leads.add_lead(deps, office.workspace.id, email="kim@acme.example", name="Kim Roe")
    form = {"subject": "Plan", "body": BODY, "track": "yes"}
    refused = tom.post(f"/leads/{dana.id}/write", form | {"to": "boss@us.example"})
    assert "boss@us.example is not one of your leads. Add the address under Cc." in refused.text

    tom.post(f"/leads/{dana.id}/write", form | {"to": "KIM@acme.example", "cc": "boss@us.example", "bcc": "crm@us.example"})
    MailSender(deps).send_all()

    assert {recipient for recipient, _ in inbox.mails} == {"dana@acme.example", "kim@acme.example", "boss@us.example", "crm@us.example"}
    first = messages_of(deps, office, dana)[-1]
    page = tom.get(f"/messages/{first.id}").text
    assert "Kim Roe" in page
    assert "crm@us.example" in page
    (hers,) = messages_of(deps, office, kim)
    assert "Sent without tracking" in tom.get(f"/messages/{messages_of(deps, office, dana)[0].id}").text
    assert hers.pixel_url != first.pixel_url


def test_a_follow_up_continues_the_conversation(tom: Browser, deps: Deps, office: Office, dana: Lead, inbox: MailServer) -> None:
    """The message page offers it; subject and headers follow."""
    tom.post(f"/leads/{dana.id}/write", {"subject": "Plan", "body": "x"})
    (first,) = messages_of(deps, office, dana)
    link = f"/leads/{dana.id}/write?answer={first.id}"
    assert link in tom.get(f"/messages/{first.id}").text
    form = tom.get(link).text
    assert 'value="Re: Plan"' in form
    assert f'name="answered" value="{first.id}"' in form

    tom.post(f"/leads/{dana.id}/write", {"subject": "Re: Plan", "body": "y", "answered": first.id})

    (_, before), (_, after) = inbox.mails
    assert (after["In-Reply-To"], after["References"]) == (before["Message-ID"], before["Message-ID"])


def test_a_test_to_myself_counts_for_nothing(tom: Browser, deps: Deps, office: Office, dana: Lead, inbox: MailServer) -> None:
    """It reaches the rep alone, as the lead would get it, without pixel and tracked links; nothing is stored; the draft stays."""
    form = {"subject": "For {{first_name}}", "body": BODY, "track": "yes", "files": (io.BytesIO(b"x"), "a.txt")}
    answer = tom.post(f"/leads/{dana.id}/write/test", form, content_type="multipart/form-data")

    assert "Test sent to tom@northbeam.example. Nothing of it is counted." in answer.text
    assert 'value="For {{first_name}}"' in answer.text
    assert "a.txt" in answer.text
    ((recipient, mail),) = inbox.mails
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert (recipient, mail["To"], mail["Subject"]) == ("tom@northbeam.example", "Tom Birch <tom@northbeam.example>", "[Test] For Dana")
    assert "Hi Dana" in html
    assert 'href="https://www.northbeam.example/pricing"' in html
    assert "/o/" not in html
    assert [part.get_filename() for part in mail.iter_attachments()] == ["a.txt"]
    assert messages_of(deps, office, dana) == []
    assert deps.store.of(office.workspace.id).events.of_lead(dana.id) == []


def test_tests_are_limited(tom: Browser, dana: Lead, inbox: MailServer) -> None:
    """Thirty in a quarter of an hour."""
    for _ in range(31):
        answer = tom.post(f"/leads/{dana.id}/write/test", {"subject": "x", "body": "x"})
    assert len(inbox.mails) == 30
    assert "Too many tests" in answer.text


def add_event(deps: Deps, office: Office, message: Message, kind: EventKind, **more: Any) -> None:
    """An open or click of the message."""
    values = {"verdict": PERSON, "at": NOON, "received": NOON} | more
    event = Event(id=new_id(), workspace=office.workspace.id, kind=kind, lead=message.lead, message=message.id, **values)
    deps.store.of(office.workspace.id).events.add(event)


def test_the_message_page_says_who_clicked_what(tom: Browser, deps: Deps, office: Office, dana: Lead) -> None:
    """Persons only, by link, the lead apart from someone else."""
    tom.post(f"/leads/{dana.id}/write", {"subject": "Plan", "body": BODY, "track": "yes"})
    (message,) = messages_of(deps, office, dana)
    (link,) = message.links
    machine = Verdict(Label.SCANNER, 0.9, ("robot_agent",))
    add_event(deps, office, message, EventKind.OPEN)
    add_event(deps, office, message, EventKind.OPEN, verdict=machine)
    for more in ({}, {"reader": OTHER_READER}, {"verdict": machine}, {"verdict": machine}):
        add_event(deps, office, message, EventKind.CLICK, link=link.index, **more)

    page = tom.get(f"/messages/{message.id}").text

    assert "1 open<" in page
    assert "2 clicks" in page
    assert "Someone else at Acme" in page


def test_snippets_are_offered_in_compose(tom: Browser, signed_in: SignIn, deps: Deps, office: Office, dana: Lead) -> None:
    """Own and shared ones; a colleague's own is not seen, changed or deleted."""
    tom.post("/mail/snippets", {"name": "Mine", "text": "own words"})
    tom.post("/mail/snippets", {"name": "Ours", "text": "shared words", "shared": "yes"})
    page = tom.get(f"/leads/{dana.id}/write").text
    assert "own words" in page
    assert "shared words" in page

    mara = signed_in(office.admin)
    seen = mara.get("/mail/snippets").text
    assert "shared words" in seen
    assert "own words" not in seen
    theirs = snippets.add_snippet(deps, office.workspace.id, office.admin.id, name="Hers", text="x")
    assert tom.post(f"/mail/snippets/{theirs.id}", {"name": "x", "text": "y"}).status_code == 404
    assert tom.post(f"/mail/snippets/{theirs.id}/remove").status_code == 404
