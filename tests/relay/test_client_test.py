"""The test of an email client: how far its mail came, and in one sentence why not further."""

import smtplib
from typing import Any

import pytest

from tests.relay.conftest import plain_login
from tracker.actions.mail_relay import client_tests
from tracker.actions.mail_relay.server_address import relay_address
from tracker.actions.privacy.consents import set_consent
from tracker.web.console.text.mail.client_test_text import steps_of


def _mail(subject: str, sender: str = "rita@us.example") -> bytes:
    return f"From: {sender}\r\nSubject: {subject}\r\nContent-Type: text/html\r\n\r\n<a href='https://x.example/'>x</a>\r\n".encode()


def _shown(office: Any) -> list[tuple[str, str, str]]:
    test = office.store and office.deps.store.client_tests.find(office.workspace, office.rita.id)
    lines = steps_of(test, client_tests.results(office.deps, test), office.deps.now(), relay_address(office.deps.settings))
    return [(line.name, line.state, line.text) for line in lines]


def _states(office: Any) -> list[str]:
    return [state for _, state, _ in _shown(office)]


def test_what_is_wrong_is_said_where_the_test_stopped(office: Any) -> None:
    """Wrong password, wrong user name, foreign sender, foreign From, another subject; each step further clears what was before it."""
    test = client_tests.start(office.deps, office.rita, "thunderbird")
    assert _states(office) == ["waiting", "later", "later"]

    with office.client(signed_in=False) as client:
        client.ehlo()
        client.docmd("AUTH", f"PLAIN {plain_login('rita@us.example', 'no')}")
        assert _shown(office)[0][1:] == ("failed", client_tests.WRONG_SIGN_IN)
        client.docmd("AUTH", f"PLAIN {plain_login('other@us.example', office.password)}")
        assert "its user name is not one of your addresses" in _shown(office)[0][2]
    with office.client() as client:
        assert _states(office) == ["done", "waiting", "later"]
        client.docmd("MAIL", "FROM:<boss@us.example>")
        assert _shown(office)[1][1:] == ("failed", "The sender boss@us.example is not one of your own addresses.")
    with pytest.raises(smtplib.SMTPDataError), office.client() as client:
        client.sendmail("rita@us.example", ["pat@else.example"], _mail(f"Test {test.code}", "boss@us.example"))
    assert _shown(office)[1][1:] == ("failed", "From must be one of your own addresses.")
    office.submit(_mail("Lunch"), "pat@else.example")
    assert _shown(office)[1][1] == "failed"
    assert test.code in _shown(office)[1][2]


def test_a_mail_is_followed_to_each_recipient(office: Any, upstream: Any) -> None:
    """Kept, waiting, refused by the mail server, delivered, tracked; mails after it change nothing."""
    test = client_tests.start(office.deps, office.rita, "thunderbird")
    set_consent(office.deps, office.workspace, office.dana.id, state="granted", how="phone", by="Ada")
    upstream.rcpt = ["450 4.7.1 come back later", "", "550 5.1.1 no such mailbox", ""]
    office.submit(_mail(f"test {test.code.lower()}"), "rita@us.example", "dana@acme.example")
    assert _states(office) == ["done", "done", "waiting", "waiting"]
    office.deliver(seconds=1)
    assert [(name, state) for name, state, _ in _shown(office)[2:]] == [
        *(("Delivered to rita@us.example", "waiting"), ("Delivered to dana@acme.example", "done"), ("Tracking", "done"))
    ]
    office.deliver(minutes=10)
    shown = _shown(office)
    assert (shown[2][1], "550" in shown[2][2], shown[4][2]) == ("failed", True, "The lead’s copy is tracked with opens and links.")
    with office.client() as client:
        client.docmd("MAIL", "FROM:<boss@us.example>")
    assert _shown(office) == shown


def test_a_mail_to_no_lead_is_passed_on_unchanged(office: Any) -> None:
    """Delivered; how to test tracking too."""
    test = client_tests.start(office.deps, office.rita, "thunderbird")
    office.submit(_mail(f"Test {test.code}"), "rita@us.example")
    office.deliver(seconds=1)
    office.deliver(days=1)
    assert _states(office) == ["done", "done", "done", "note"]
    assert "recipient is no lead" in _shown(office)[3][2]


def test_a_lost_text_is_told(office: Any) -> None:
    """Where the bytes are gone, the mail did not arrive."""
    test = client_tests.start(office.deps, office.rita, "thunderbird")
    office.submit(_mail(f"Test {test.code}"), "rita@us.example")
    office.deps.store.database.mail_bytes.delete_many({})
    office.deliver(seconds=1)
    assert ("failed", "Not delivered: its text was lost; please send it again.") in [line[1:] for line in _shown(office)]
