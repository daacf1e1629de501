"""Outgoing HTTP: misbehaving receivers."""

import socket
import threading
import time
import traceback
from ipaddress import ip_address, ip_network

import pytest

from tests.notifier.receivers import Receiver, answer, banner, drip, drip_headers, flood, hang
from tests.smtp_servers import certificate, drip_of, scripted
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import MAX_RESPONSE, Outbound
from tracker.base.network.resolver import Resolver
from tracker.base.settings import AllowedTarget

ALLOWED = (AllowedTarget(ip_network("127.0.0.0/8"), None),)


@pytest.fixture
def outbound():
    made = Outbound(ALLOWED, total=0.6)
    yield made
    made.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://0/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/",
        "http://①②⑦.⓪.⓪.①/", "http://1.1.1.1:25/", "http://1.1.1.1:6379/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
        "gopher://1.1.1.1/", "file:///etc/passwd", "ftp://1.1.1.1/", "//1.1.1.1/", "https:", "", "http://", "https://user:pw@example.com/",
        "https://example.com/" + "a" * 3000, "http://exa mple.com/",
    ],
)  # fmt: skip
def test_internal_and_invalid_urls_are_refused(url):
    """Whatever the spelling: the resolved address decides, and nothing is connected to.

    A name that cannot be resolved and an address inside have the same consequence; what can be no address is refused for good.
    """
    guarded = Outbound()
    with pytest.raises(DeliveryError) as caught:
        guarded.post(url, json={})
    guarded.close()

    assert caught.value.permanent is ("no public address" not in str(caught.value))


def test_a_private_address_is_never_connected_to(hook: Receiver):
    """The check precedes the connection, also for an existing server."""
    guarded = Outbound()
    with pytest.raises(DeliveryError, match="OUTBOUND_ALLOW"):
        guarded.post(hook.url, json={})
    guarded.close()

    assert hook.connections == 0


def test_the_host_header_has_the_name_and_connections_are_kept(outbound: Outbound, hook: Receiver):
    """Connected to the checked address, spoken to by its name; connections are kept."""
    hook.script = [answer(201, b"made", X_One="1")]
    reply = outbound.post(f"http://localhost:{hook.server_port}/a?b=c", json={"x": "ü"}, headers={"X-Two": "2"})
    outbound.post(f"http://localhost:{hook.server_port}/again", body=b"raw")

    assert (reply.status, reply.body, reply.headers["x-one"]) == (201, b"made", "1")
    assert hook.calls[0].headers["host"] == f"localhost:{hook.server_port}"
    assert hook.calls[0].headers["content-type"] == "application/json"
    assert (hook.calls[0].path, hook.calls[0].json) == ("/a?b=c", {"x": "ü"})
    assert hook.calls[1].body == b"raw"
    assert hook.connections == 1


def test_redirects_are_not_followed(outbound: Outbound, hook: Receiver):
    """Neither to internal nor to other addresses."""
    hook.script = [answer(302, Location="http://169.254.169.254/")]

    assert outbound.post(hook.url, json={}).status == 302
    assert len(hook.calls) == 1


@pytest.mark.parametrize("behaviour", [hang, drip, drip_headers], ids=["silent", "dripping body", "dripping headers"])
def test_the_request_has_one_deadline(outbound: Outbound, hook: Receiver, behaviour):
    """The whole exchange is limited, not each byte of it."""
    hook.otherwise = behaviour
    began = time.monotonic()
    with pytest.raises(DeliveryError) as caught:
        outbound.post(hook.url, json={})

    assert not caught.value.permanent
    assert time.monotonic() - began > 0.5  # and it ended, of which the receiver thinks not at all


def test_an_endless_response_is_cut(outbound: Outbound, hook: Receiver):
    """A bounded number of bytes is read, then the connection is closed."""
    hook.otherwise = flood
    reply = outbound.post(hook.url, json={})

    assert len(reply.body) == MAX_RESPONSE
    assert hook.flooded < 500 * MAX_RESPONSE  # what the kernel had room for


def test_unreachable_hosts_and_unknown_names_are_retried(outbound: Outbound):
    """A server that is down may come back."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", "http://no-such-host.invalid/"):
        with pytest.raises(DeliveryError) as caught:
            outbound.post(url, json={})
        assert not caught.value.permanent
        assert "/" not in str(caught.value).replace("http://", "").split(" ")[0]


def test_a_connection_reset_is_retried(outbound: Outbound):
    """The peer closes the connection without a response."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(DeliveryError) as caught:
            outbound.post(f"http://127.0.0.1:{server.getsockname()[1]}/", json={})
        thread.join()

    assert not caught.value.permanent


def test_the_url_of_a_setting_may_be_internal(hook: Receiver):
    """SLACK_API_URL is set by the operator, not by a rep."""
    guarded = Outbound()

    assert guarded.post(hook.url, json={}, trusted=True).status == 200
    guarded.close()


class Hostile(Resolver):
    """Resolves names as a hostile name server would."""

    def resolve(self, _host, _port, _seconds):
        return [ip_address(text) for text in ("10.0.0.1", "127.0.0.1", "169.254.169.254")]


def test_only_checked_addresses_are_connected_to_and_by_no_second_look_up(hook: Receiver):
    """A name with good and bad addresses gets the good one; no system could resolve it a second time."""
    named = Outbound(resolver=Hostile(ALLOWED))
    named.post(f"http://rebind.invalid:{hook.server_port}/x", json={})
    named.close()

    assert hook.calls[0].headers["host"] == f"rebind.invalid:{hook.server_port}"


def test_tls_uses_the_name_instead_of_the_address():
    """The server name is in the first bytes of the handshake."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            connection, _ = server.accept()
            heard.append(connection.recv(65536))
            connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        named = Outbound(resolver=Hostile(ALLOWED))
        with pytest.raises(DeliveryError) as caught:
            named.post(f"https://secure.invalid:{server.getsockname()[1]}/x", json={})
        named.close()
        thread.join()

    assert b"secure.invalid" in heard[0]
    assert not caught.value.permanent


def test_another_services_banner_is_not_repeated(outbound: Outbound, hook: Receiver):
    """A target that OUTBOUND_ALLOW opens may be no web server; what it says stays there, also out of the log's traces."""
    hook.otherwise = banner
    with pytest.raises(DeliveryError) as caught:
        outbound.post(hook.url, json={})

    shown = "".join(traceback.format_exception(caught.value))
    assert "internal-build-host" not in shown
    assert "its response is not HTTP" in str(caught.value)


@pytest.mark.parametrize("url", ["https://no-such-host.invalid/", "https://localhost/", "https://10.0.0.1/"])
def test_unknown_and_internal_names_have_the_same_error(url):
    """Errors do not reveal which internal names exist."""
    guarded = Outbound()
    with pytest.raises(DeliveryError) as caught:
        guarded.post(url, json={})
    guarded.close()
    host = url.split("/")[2]

    assert str(caught.value).replace(host, "x").startswith("no public address was found for x, port 443.")


def test_a_tls_handshake_that_drips_ends_in_time(outbound: Outbound):
    """One deadline, not one for each byte of a TLS record."""
    with (
        scripted(drip_of(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384)) as server,
        pytest.raises(DeliveryError, match="did not answer within"),
    ):
        outbound.post(f"https://localhost:{server.port}/", json={})


def test_https_over_a_checked_connection(tmp_path, monkeypatch):
    """The certificate must be the name's; the connection is kept for the next request."""
    context, file = certificate(tmp_path, "hooks.invalid")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    secure = Outbound(resolver=Hostile(ALLOWED))
    with Receiver() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        server.otherwise = answer(200, b"x" * 50_000)
        replies = [secure.post(f"https://hooks.invalid:{server.server_port}/", body=b"y" * 200_000) for _ in range(3)]
        with pytest.raises(DeliveryError, match="its certificate is for another name"):
            secure.post(f"https://other.invalid:{server.server_port}/", json={})
        server.shutdown()
        thread.join()
    secure.close()

    assert [(reply.status, len(reply.body)) for reply in replies] == [(200, 50_000)] * 3
    assert [len(call.body) for call in server.calls] == [200_000] * 3
    assert server.connections == 2, "one for all three, and the one that was refused"
