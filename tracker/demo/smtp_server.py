"""The sink: a real SMTP server on loopback that puts every mail into the demo inbox and sends none on. Run by demo.servers."""

import logging

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tracker.demo.inbox import BIGGEST, Inbox

log = logging.getLogger(__name__)


class _IntoInbox:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keeps the mail. 452 asks the sender to try again, when the disk is full."""
        try:
            self._inbox.put(envelope.original_content or b"")
        except OSError as error:
            log.warning("mail not kept", extra={"error": str(error)})
            return "452 The demo inbox cannot keep mail right now"
        return "250 In the demo inbox"


class Sink:
    """The demo's mail server: start, stop."""

    def __init__(self, inbox: Inbox, port: int) -> None:
        self._controller = Controller(
            _IntoInbox(inbox),
            hostname="127.0.0.1",
            port=port,
            ready_timeout=5,
            data_size_limit=BIGGEST,
            enable_SMTPUTF8=True,
            ident="Leadlight demo",
        )

    def start(self) -> None:
        """Listens. Raises OSError where the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        """Stops listening; mails being received are dropped."""
        self._controller.stop(no_assert=True)
