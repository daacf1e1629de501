"""The encryption of a mail server as the sender check sees it: with and without STARTTLS, and misbehaving."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.notifier.receivers import Mails, mail_server
from tests.ports import free_ports
from tests.smtp_servers import BANNER, TEXT, certificate, dialogue, drip_of, scripted, silent
from tracker.base.network.allowed_addresses import MAIL_PORTS, AllowedTarget
from tracker.base.network.resolver import Resolver
from tracker.domain.workspace.mail_server import MailServer, Security
from tracker.mail.routes import Route
from tracker.mail.server_tls import examine

ALLOWED = Resolver((AllowedTarget(ip_network("127.0.0.0/8"), None),), MAIL_PORTS)


def route(port: int, security: Security = "starttls", host: str = "127.0.0.1") -> Route:
    """A route to a server of this test, with a password that must not be sent."""
    return Route(MailServer(host=host, port=port, security=security, user="rosa", password="tr0mbone"), is_trusted=False)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_server(tmp_path: Path, security: Security):
    """The version is known; on this machine no certificate counts."""
    context, _ = certificate(tmp_path, "mail.example")
    port = free_ports()
    more = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    controller = Controller(Mails(), hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        found = examine(route(port, security), ALLOWED)
    finally:
        controller.stop()

    assert (found.address, found.is_local, found.version, found.problem) == ("127.0.0.1", True, "TLSv1.3", "")


def test_a_server_without_starttls():
    """No version, and no problem with the connection; nothing is signed in."""
    with mail_server() as mails:
        found = examine(route(mails.port), ALLOWED)
    assert (found.address, found.version, found.problem) == ("127.0.0.1", "", "")


def test_the_password_is_not_sent():
    """A check that runs often must not lock an account."""
    with scripted(dialogue(BANNER, b"250-x\r\n250 AUTH PLAIN\r\n", b"221 bye\r\n")) as server:
        found = examine(route(server.port), ALLOWED)
    assert found.problem == ""


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (silent, "no answer in time"),
        (drip_of(b"220-"), "no answer in time"),
        (dialogue(b"421 internal-build-host\r\n"), "421: it is not available now"),
        (dialogue(b"SSH-2.0-internal-build-host\r\n"), "did not respond like a mail server"),
    ],
)
def test_failures_are_told_in_our_words(script, said: str):
    """Within the time limit, without the server's text."""
    with scripted(script) as server:
        found = examine(route(server.port), ALLOWED, seconds=0.5)
    assert TEXT not in found.problem
    assert said in found.problem


def test_inside_addresses_are_not_reached():
    """As for mail: only what the operator allows."""
    with mail_server() as mails:
        found = examine(route(mails.port), Resolver((), MAIL_PORTS))
    assert (found.address, "no public address was found" in found.problem) == ("", True)
    assert "connection refused" in examine(route(free_ports()), ALLOWED).problem
