"""The relay as another machine sees it: by an address of this machine that is not loopback."""

import dataclasses
import smtplib
import socket

import pytest

from tests.relay.conftest import Office, plain_login, running_relay


def _own_address() -> str:
    """An address of this machine, without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


def test_no_password_without_encryption_and_not_all_places(office: Office):
    """A sign-in needs TLS; and one network without a sign-in gets 40 connections, so that others find a place."""
    host, port = _own_address(), office.deps.settings.relay_port + 40
    settings = dataclasses.replace(office.deps.settings, host=host, relay_port=port, relay_tls_port=port + 1)
    with running_relay(dataclasses.replace(office.deps, settings=settings)):
        client = smtplib.SMTP(host, port, timeout=20)
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert client.docmd("AUTH", f"PLAIN {plain_login('rita@us.example', office.password)}")[0] == 538
        assert client.docmd("MAIL", "FROM:<rita@us.example>")[0] == 530
        others = [socket.create_connection((host, port), 20) for _ in range(39)]
        for one in others:
            assert one.recv(3) == b"220"
        with socket.create_connection((host, port), 20) as refused:
            assert refused.recv(100).startswith(b"421 4.7.0")
        for one in others:
            one.close()
        client.close()
