"""A relay on loopback, the mail server behind it, and a rep with a lead; the test sets the time and runs the senders."""

import asyncio
import base64
import dataclasses
import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from notifier.copy_sender import CopySender
from notifier.mail_sender import MailSender
from tests.mail_receivers import MailReceiver, running
from tests.smtp_servers import certificate
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.mail_relay.app_passwords import new_app_password
from tracker.actions.team import reps
from tracker.actions.workspace import workspaces
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.relay.server import Relay

NOON = datetime(2026, 10, 5, 10, 0, tzinfo=UTC)


class Upstream(MailReceiver):
    """Keeps the bytes of every mail that it accepts, with sender and recipients."""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.seen.append(options)
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        reply = self._reply(server, self.data)
        if reply is None:
            self.taken.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return reply or self.otherwise

    @property
    def ids(self) -> list[str]:
        return []  # aiosmtpd reads every property of a handler

    def to(self, address: str) -> bytes:
        """The bytes of the one mail to this address."""
        (found,) = [content for _, recipients, content in self.taken if recipients == (address,)]
        return found


@contextmanager
def running_relay(deps: Deps) -> Iterator[None]:
    """The relay in a thread of its own."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        relay = Relay(deps)
        await relay.start()
        ready.set()
        await stop.wait()
        await relay.stop()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=5) if others else None

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


class Office:
    """A workspace with the rep Rita and the lead Dana."""

    def __init__(self, deps: Deps, clock: list[datetime], authorities: Any) -> None:
        self.deps, self.clock, self._authorities = deps, clock, authorities
        self.workspace = workspaces.add_workspace(deps, "Northbeam").id
        self.store = deps.store.of(self.workspace)
        self.rita = reps.add_rep(deps, self.workspace, email="rita@us.example", name="Rita")
        self.dana = self.lead("dana")
        self.password = new_app_password(deps, self.rita, name="Laptop")[1]
        self.mail, self.copies = MailSender(deps), CopySender(deps, lambda: None)

    def lead(self, name: str, **more: Any) -> Any:
        return leads.add_lead(self.deps, self.workspace, email=f"{name}@acme.example", name=name.title(), owner=self.rita.id, **more)

    def client(self, *, signed_in: bool = True) -> smtplib.SMTP:
        """A client with STARTTLS."""
        client = smtplib.SMTP("localhost", self.deps.settings.relay_port, timeout=20)
        client.starttls(context=ssl.create_default_context(cafile=str(self._authorities)))
        if signed_in:
            client.login("rita@us.example", self.password)
        return client

    def tls_client(self) -> smtplib.SMTP_SSL:
        context = ssl.create_default_context(cafile=str(self._authorities))
        return smtplib.SMTP_SSL("localhost", self.deps.settings.relay_tls_port, timeout=20, context=context)

    def submit(self, raw: bytes, *to: str, sender: str = "rita@us.example") -> str:
        """Submits the bytes; returns the id that the relay told."""
        with self.client() as client:
            return submit(client, raw, *to, sender=sender)

    def deliver(self, **later: float) -> None:
        """Runs the senders at this time."""
        self.clock[0] += timedelta(**later)
        self.copies.send_all()
        self.mail.send_all()
        self.copies.send_all()

    def messages(self, lead: Any = None) -> list[Any]:
        return self.store.messages.of_lead((lead or self.dana).id)


def submit(client: smtplib.SMTP, raw: bytes, *to: str, sender: str = "rita@us.example") -> str:
    """Sends the bytes as they are, dots stuffed; returns the id of the kept mail."""
    assert client.docmd("MAIL", f"FROM:<{sender}> BODY=8BITMIME")[0] == 250
    for one in to:
        assert client.docmd("RCPT", f"TO:<{one}>")[0] == 250
    code, answer = client.data(raw)
    assert (code, answer[:14]) == (250, b"2.0.0 kept as "), answer
    return answer[14:].decode()


def plain_login(user: str, password: str) -> str:
    """The initial response of AUTH PLAIN."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """The workspace's mail server."""
    with running(Upstream(), decode_data=False, enable_SMTPUTF8=True) as server:
        yield server


@pytest.fixture
def wired(settings: Any, upstream: Upstream, tmp_path: Any) -> Any:
    """Settings with a certificate for the relay and the mail server behind it."""
    _, authorities = certificate(tmp_path, "localhost", "127.0.0.1")
    return dataclasses.replace(
        settings,
        smtp_url=f"smtp://127.0.0.1:{upstream.port}",
        edge_url="https://links.us.example",
        ehlo_name="mail.us.example",
        relay_cert_file=authorities,
        relay_key_file=tmp_path / "server.key",
        outbound_allow=(AllowedTarget(ip_network("127.0.0.1/32"), None),),
    )


@pytest.fixture
def office(wired: Any, redis: Any, make_deps: Any, deps: Any) -> Iterator[Office]:
    """An office with a running relay."""
    clock = [NOON]
    made = make_deps(wired, lambda: clock[0])
    made.keys.refresh()
    with running_relay(made):
        office = Office(made, clock, wired.relay_cert_file)
        yield office
        office.mail.stop(5)
        office.copies.stop(5)
