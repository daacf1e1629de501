"""Outgoing mail: misbehaving servers, and addresses that must not be reached."""

import contextlib
import smtplib
import socket
import ssl
import threading
import traceback
from email.message import EmailMessage
from ipaddress import ip_address, ip_network

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.notifier.receivers import Mails, mail_server
from tests.ports import free_ports
from tests.smtp_servers import BANNER, GREETING, TEXT, certificate, dialogue, drip_of, flood_of, scripted, silent
from tracker.base.errors import DeliveryError
from tracker.base.network.allowed_addresses import MAIL_PORTS
from tracker.base.network.connection import CheckedConnection, Deadline
from tracker.base.network.resolver import Resolver
from tracker.base.settings import AllowedTarget
from tracker.domain.workspace.mail_server import MailServer
from tracker.mail import smtp
from tracker.mail.replies import RecipientRefused, failure
from tracker.mail.routes import Route
from tracker.mail.session import Session

ALLOWED = Resolver((AllowedTarget(ip_network("127.0.0.0/8"), None),), MAIL_PORTS)
GUARDED = Resolver((), MAIL_PORTS)

LOOPBACK = [
    "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "0", "0.0.0.0", "::1", "[::1]", "::", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "127.9.9.9",
]  # fmt: skip
INSIDE = ["10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "2001:0:7f00:1::", "2606:4700::5efe:7f00:1", "255.255.255.255", "224.0.0.1"]  # fmt: skip


def route(port: int, host: str = "127.0.0.1", *, trusted: bool = False, **more: str) -> Route:
    """A route to a server of this test."""
    return Route(MailServer(host=host, port=port, **more), is_trusted=trusted)


def message() -> EmailMessage:
    """A mail."""
    made = EmailMessage()
    made["Subject"] = "Offer"
    made.set_content("Hello")
    return made


def failure_of(target: Route, resolver: Resolver = ALLOWED, seconds: float = 5.0) -> DeliveryError:
    """The error of sending there; neither it nor the trace that a log would show says what the server said."""
    with pytest.raises(DeliveryError) as caught:
        smtp.send(target, message(), sender="rosa@us.example", recipient="dana@acme.example", resolver=resolver, seconds=seconds)
    shown = "".join(traceback.format_exception(caught.value))
    assert TEXT not in shown
    assert "redis" not in shown
    return caught.value


@pytest.mark.parametrize("host", LOOPBACK + INSIDE)
def test_inside_addresses_are_refused_in_every_spelling(host):
    """The resolved address decides, also at an allowed port; the error text is the same for each."""
    with scripted(silent) as server:
        guarded = Resolver((), frozenset({server.port, 587}))
        error = failure_of(route(server.port, host.strip("[]")), guarded)

    assert server.connections == 0
    assert str(error).startswith(f"no public address was found for {host.strip('[]')}, port ")


def test_an_unknown_name_has_the_same_error_text():
    """Otherwise the check would reveal which internal names exist."""
    unknown = failure_of(route(587, "no-such-host.invalid"), GUARDED)
    inside = failure_of(route(587, "localhost"), GUARDED)

    assert str(unknown).replace("no-such-host.invalid", "localhost") == str(inside)


@pytest.mark.parametrize("port", [22, 80, 443, 6379, 24, 26, 2526, 27017])
def test_public_addresses_are_reached_on_mail_ports_only(port):
    """Refused before anything is connected to."""
    assert "no public address was found" in str(failure_of(route(port, "192.88.0.1"), GUARDED))


class Rebinding(Resolver):
    """A name server whose answer changes."""

    answers = (["127.0.0.1"], ["10.0.0.1"])

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = 0

    def resolve(self, _host, _port, _seconds):
        self.asked += 1
        return [ip_address(text) for text in self.answers[min(self.asked, len(self.answers)) - 1]]


def test_a_name_is_resolved_once(mails: Mails):
    """The connection uses the checked address; the name is not resolved again."""
    resolver = Rebinding((AllowedTarget(ip_network("127.0.0.1/32"), mails.port),), MAIL_PORTS)
    smtp.send(route(mails.port, "rebind.invalid"), message(), sender="a@us.example", recipient="b@acme.example", resolver=resolver)

    assert (len(mails.mails), resolver.asked) == (1, 1)


@pytest.fixture
def mails():
    """A mail server."""
    with mail_server() as running:
        yield running


def test_outbound_allow_opens_one_target(mails: Mails):
    """Both rules are lifted for this target only."""
    one = Resolver((AllowedTarget(ip_network("127.0.0.1/32"), mails.port),), MAIL_PORTS)
    smtp.check(route(mails.port), one)

    assert "OUTBOUND_ALLOW" in str(failure_of(route(mails.port + 1), one))
    assert "OUTBOUND_ALLOW" in str(failure_of(route(mails.port, "127.0.0.2"), one))


def test_the_operators_server_is_exempt(mails: Mails):
    """SMTP_URL may name any address and port."""
    smtp.send(route(mails.port, "localhost", trusted=True), message(), sender="a@us.example", recipient="b@x.example", resolver=GUARDED)

    assert len(mails.mails) == 1


@pytest.mark.parametrize(
    "script",
    [
        silent,
        drip_of(BANNER.rstrip()),
        drip_of(b"220-more\r\n"),
        dialogue(BANNER, GREETING, then=silent),
        dialogue(BANNER, then=drip_of(b"250-internal-build-host\r\n")),
        dialogue(BANNER, GREETING, b"250 ok\r\n", b"250 ok\r\n", then=silent),
        dialogue(BANNER, GREETING, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", then=drip_of(b"2")),
    ],
    ids=["silent", "dripping line", "dripping lines", "silent later", "dripping greeting", "silent at data", "dripping at the end"],
)
def test_the_session_has_one_deadline(script):
    """Not one deadline for each byte or line."""
    with scripted(script) as server:
        error = failure_of(route(server.port), seconds=1.0)

    assert "no answer in time" in str(error)
    assert not error.permanent


def test_a_server_that_reads_no_data_is_subject_to_the_deadline():
    """A mail that fills all buffers is not written endlessly."""
    big = EmailMessage()
    big.set_content("x" * 900 + "\n", cte="8bit")
    big.set_payload(("y" * 900 + "\n") * 60_000)
    with scripted(dialogue(BANNER, GREETING, b"250 ok\r\n", b"250 ok\r\n", b"354", then=silent)) as server, pytest.raises(DeliveryError):
        smtp.send(route(server.port), big, sender="a@us.example", recipient="b@x.example", resolver=ALLOWED, seconds=1.0)


@pytest.mark.parametrize(
    "script",
    [
        flood_of(b"", b"2" * 65536),
        flood_of(b"", b"220-internal-build-host\r\n" * 500),
        flood_of(BANNER, b"250-internal-build-host\r\n" * 500),
        flood_of(BANNER, b"250-AUTH=internal-build-host\r\n" * 500),
    ],
    ids=["endless line", "endless greeting", "endless extensions", "endless mechanisms"],
)
def test_endless_replies_are_cut(script):
    """The length and number of lines are bounded, long before the deadline."""
    with scripted(script) as server:
        error = failure_of(route(server.port), seconds=30)

    assert "no answer in time" not in str(error)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (flood_of(b"-ERR internal-build-host unknown command\r\n", b""), "its answer is not SMTP"),
        (dialogue(b"554 internal-build-host\r\n"), "did not respond like a mail server (554: "),
        (dialogue(b"SSH-2.0-internal-build-host\r\n"), "its answer is not SMTP"),
        (dialogue(BANNER, b"502 internal-build-host\r\n", b"500 internal-build-host\r\n"), "did not respond like a mail server"),
        (dialogue(BANNER, GREETING, b"550 internal-build-host\r\n"), "refused the sender (550: "),
        (dialogue(BANNER, GREETING, b"250 ok\r\n", b"452-internal-build-host\r\n452 x\r\n"), "refused the recipient (452: "),
        (dialogue(BANNER, GREETING, b"250 ok\r\n", b"250 ok\r\n", b"554 internal-build-host\r\n"), "refused the message (554: "),
        (dialogue(BANNER, GREETING, b"250 ok\r\n", b"250 ok\r\n", b"354 \r\n", b"599 internal-build-host\r\n"), "refused the message (599)"),
        (dialogue(BANNER), "the connection was closed"),
    ],
)  # fmt: skip
def test_refusals_have_the_code_and_our_text(script, said):
    """Never the server's text, which may be from another service."""
    with scripted(script) as server:
        assert said in str(failure_of(route(server.port)))


@pytest.mark.parametrize(
    "script",
    [
        dialogue(BANNER, b"250-x\r\n250 AUTH PLAIN\r\n", b"535 internal-build-host\r\n"),
        dialogue(BANNER, b"250-x\r\n250 AUTH CRAM-MD5\r\n", b"334 internal-build-host!\r\n", b"535 x\r\n"),
        dialogue(BANNER, b"250-x\r\n250 AUTH LOGIN\r\n", *[b"334 aW50ZXJuYWwtYnVpbGQtaG9zdA==\r\n"] * 20),
        dialogue(BANNER, b"250-x\r\n250 AUTH internal-build-host\r\n"),
        dialogue(BANNER, b"250 x\r\n"),
    ],
    ids=["refused", "broken challenge", "endless challenges", "unknown way", "no sign-in"],
)
def test_failed_sign_ins_are_reported(script):
    """Whatever the server replies."""
    with scripted(script) as server:
        error = failure_of(route(server.port, user="rosa", password="pässword" if server.port % 2 else "secret"))

    assert "sign" in str(error) or "user name and password" in str(error)
    assert "secret" not in str(error)


def test_an_accepted_mail_is_not_sent_again():
    """An invalid reply to QUIT, or a closed connection, comes after acceptance: a retry would send the mail twice."""
    taken = (BANNER, GREETING, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 taken\r\n")
    for farewell in (b"500 nonsense\r\n", b"garbage\r\n"):
        with scripted(dialogue(*taken, farewell)) as server:
            smtp.send(route(server.port), message(), sender="a@us.example", recipient="b@x.example", resolver=ALLOWED)
    with scripted(dialogue(*taken)) as server:
        smtp.send(route(server.port), message(), sender="a@us.example", recipient="b@x.example", resolver=ALLOWED)


def test_a_refused_recipient_is_no_failure_of_the_server():
    """No alarm is raised."""
    with scripted(dialogue(BANNER, GREETING, b"250 ok\r\n", b"550 no\r\n")) as server:
        assert isinstance(failure_of(route(server.port)), RecipientRefused)


class Gate:
    """Takes one password."""

    def __call__(self, _server, _session, _envelope, _mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"rosa", b"secret"), handled=False)


@pytest.fixture
def tls_server(tmp_path):
    """A real mail server with STARTTLS and sign-in, its certificate for mail.example alone."""
    context, _ = certificate(tmp_path, "mail.example")
    mails = Mails(port=free_ports(1))
    controller = Controller(mails, hostname="127.0.0.1", port=mails.port, tls_context=context, authenticator=Gate(), auth_required=True)
    controller.start()
    yield mails
    controller.stop()


def test_starttls_and_sign_in_with_a_real_server(tls_server: Mails):
    """On this machine no certificate counts; the password goes over TLS alone, and a wrong one is told."""
    smtp.send(
        route(tls_server.port, user="rosa", password="secret"), message(), sender="a@us.example", recipient="b@x.example", resolver=ALLOWED
    )
    assert len(tls_server.mails) == 1
    error = failure_of(route(tls_server.port, user="rosa", password="wrong"))
    assert "did not accept user name and password (535: user name or password is wrong)" in str(error)
    assert error.permanent


def prepared(server_side, target: Route, address: str = "10.9.8.7"):
    """Greets a server at an address elsewhere, over a pair of sockets."""
    ours, theirs = socket.socketpair()
    deadline = Deadline()
    deadline.start(5)

    def serve():
        with contextlib.suppress(OSError):
            server_side(theirs)
        theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    wire = CheckedConnection(ours, ip_address(address), deadline)
    try:
        smtp._prepare(Session(wire), wire, target)
    finally:
        wire.close()
        thread.join()


@pytest.mark.parametrize(("name", "works"), [("mail.example", True), ("other.example", False)])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificates_count_elsewhere(tmp_path, monkeypatch, name, works, security):
    """The certificate must be the name's, whatever the address; nothing is signed in before."""
    context, file = certificate(tmp_path, "mail.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    smtp._contexts.cache_clear()
    heard = []

    def serve(connection):
        if security == "starttls":
            connection.sendall(b"220 hi\r\n")
            connection.recv(1000)
            connection.sendall(b"250-x\r\n250 STARTTLS\r\n")
            connection.recv(1000)
            connection.sendall(b"220 go\r\n")
        with context.wrap_socket(connection, server_side=True) as secure:
            if security == "tls":
                secure.sendall(b"220 hi\r\n")
            heard.append(secure.recv(1000))
            secure.sendall(b"250-x\r\n250 AUTH PLAIN\r\n")
            heard.append(secure.recv(1000))
            secure.sendall(b"235 in\r\n")

    target = route(587, name, security=security, user="rosa", password="secret")
    if works:
        prepared(serve, target)
        assert b"AUTH PLAIN" in heard[1]
    else:
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            prepared(serve, target)
        deadline = Deadline()
        deadline.start(5)
        told = failure(caught.value, "mail.example:587", deadline)
        assert (str(told), told.permanent) == (
            "the mail server mail.example:587 cannot be reached (its certificate is for another name)",
            False,
        )
        assert heard == []
    smtp._contexts.cache_clear()


def test_a_certificate_signed_by_itself_is_refused_elsewhere(tmp_path):
    """Also where OUTBOUND_ALLOW names the network."""
    context, _ = certificate(tmp_path, "mail.example")

    def serve(connection):
        context.wrap_socket(connection, server_side=True).close()

    with pytest.raises(ssl.SSLCertVerificationError):
        prepared(serve, route(465, "mail.example", security="tls"))


@pytest.mark.parametrize(
    ("address", "user", "trusted", "works"),
    [
        ("10.9.8.7", "rosa", False, False),
        ("10.9.8.7", "rosa", True, False),
        ("10.9.8.7", "", False, True),
        ("1.1.1.1", "", False, False),
        ("1.1.1.1", "", True, True),
        ("::ffff:127.0.0.1", "rosa", True, True),
    ],
)
def test_what_is_sent_without_encryption(address, user, trusted, works):
    """No password but on this machine; no mail over the internet but to the operator's own server."""
    heard = []

    def serve(connection):
        connection.sendall(b"220 hi\r\n")
        connection.recv(1000)
        connection.sendall(b"250-x\r\n250 AUTH PLAIN\r\n")
        heard.append(connection.recv(1000))
        connection.sendall(b"235 in\r\n")

    target = route(587, "mail.example", trusted=trusted, user=user, password="secret" if user else "")
    if works:
        prepared(serve, target, address)
    else:
        with pytest.raises(DeliveryError, match="offers no encryption"):
            prepared(serve, target, address)
        assert heard == [b""]


def test_plain_text_after_the_starttls_reply_is_discarded(tmp_path, monkeypatch):
    """An attacker on the network injects a plain-text reply; it must not count as a reply of the encrypted server."""
    context, file = certificate(tmp_path, "mail.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    smtp._contexts.cache_clear()
    heard = []

    def serve(connection):
        connection.sendall(b"220 hi\r\n")
        connection.recv(1000)
        connection.sendall(b"250-x\r\n250 STARTTLS\r\n")
        connection.recv(1000)
        connection.sendall(b"220 go\r\n250-x\r\n250 AUTH INJECTED\r\n")
        with context.wrap_socket(connection, server_side=True) as secure:
            heard.append(secure.recv(1000))
            secure.sendall(b"250-x\r\n250 AUTH PLAIN\r\n")
            heard.append(secure.recv(1000))
            secure.sendall(b"235 in\r\n")

    prepared(serve, route(587, "mail.example", user="rosa", password="secret"))
    smtp._contexts.cache_clear()

    assert heard[1].startswith(b"AUTH PLAIN")


def test_a_tls_handshake_that_drips_ends_in_time():
    """One byte every tenth of a second inside a TLS record."""
    record = b"\x16\x03\x03\x40\x00" + b"\x02" * 16384
    with scripted(drip_of(record)) as server:
        assert "no answer in time" in str(failure_of(route(server.port, security="tls"), seconds=1.0))


def test_a_server_without_tls_is_reported():
    """No TLS there."""
    with scripted(flood_of(b"-ERR internal-build-host\r\n", b"")) as server:
        assert "the TLS handshake failed" in str(failure_of(route(server.port, security="tls")))


def test_smtplib_has_what_the_session_uses():
    """Attributes that smtplib does not document."""
    client = smtplib.SMTP(local_hostname="x.example")
    for name in ("sock", "file", "helo_resp", "ehlo_resp", "esmtp_features", "does_esmtp"):
        assert hasattr(client, name), name
    for method in ("getreply", "docmd", "ehlo_or_helo_if_needed", "has_extn", "mail", "rcpt", "data", "login", "noop", "quit"):
        assert callable(getattr(client, method)), method
