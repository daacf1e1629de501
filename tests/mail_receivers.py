"""A mail server on loopback that answers each message as scripted and counts what happens."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.ports import free_ports

DROP = "drop"
"""As a reply: the connection is closed without one."""


@dataclass
class MailReceiver:
    """Replies by the scripts, one entry each, then `otherwise`; stores the mails it accepts."""

    mail: list[str] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    otherwise: str = "250 2.0.0 Ok: queued as 4F2A"
    taken: list[Any] = field(default_factory=list)
    seen: list[Any] = field(default_factory=list)
    """Every mail whose text arrived, accepted or not."""
    helos: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]) -> list[str]:  # noqa: N802
        session.host_name = hostname
        self.helos.append(hostname)
        return responses

    async def handle_MAIL(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        return self._reply(server, self.mail) or self._from(envelope, address)

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        reply = self._reply(server, self.rcpt)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail.recipients = envelope.rcpt_tos
        self.seen.append(mail)
        reply = self._reply(server, self.data)
        if reply is not None:
            return reply
        self.taken.append(mail)
        return self.otherwise

    @staticmethod
    def _from(envelope: Any, address: str) -> str:
        envelope.mail_from = address
        return "250 ok"

    @staticmethod
    def _reply(server: Any, script: list[str]) -> str | None:
        if not script:
            return None
        reply = script.pop(0)
        if reply == DROP:
            server.transport.close()
        return reply or None

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of the accepted mails in order."""
        return [mail["Message-ID"] for mail in self.taken]


ReceiverT = TypeVar("ReceiverT", bound=MailReceiver)


class _Counting(Controller):
    def factory(self) -> SMTP:
        self.handler.connections += 1
        return super().factory()


def mail_receiver() -> AbstractContextManager[MailReceiver]:
    """A running mail server."""
    return running(MailReceiver())


@contextmanager
def running(receiver: ReceiverT, **more: Any) -> Iterator[ReceiverT]:
    """Runs a mail server; `more` are options of aiosmtpd's SMTP."""
    receiver.port = free_ports(1)
    controller = _Counting(receiver, hostname="127.0.0.1", port=receiver.port, **more)
    controller.start()
    receiver.connections = 0  # the controller's own, by which it waits for the start
    yield receiver
    controller.stop()
