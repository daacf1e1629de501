"""The demo's SMTP server on loopback. It stores each email in the demo inbox and relays none. Run by demo.servers."""

import logging

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tracker.demo.inbox import BIGGEST, Inbox

log = logging.getLogger(__name__)


class _InboxHandler:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Stores the email. Returns 452, try again later, if writing fails."""
        try:
            self._inbox.put(envelope.original_content or b"")
        except OSError as error:
            log.warning("email not stored", extra={"error": str(error)})
            return "452 The demo inbox cannot store email now"
        return "250 In the demo inbox"


class DemoSmtpServer:
    """The demo's mail server."""

    def __init__(self, inbox: Inbox, port: int) -> None:
        self._controller = Controller(
            _InboxHandler(inbox),
            hostname="127.0.0.1",
            port=port,
            ready_timeout=5,
            data_size_limit=BIGGEST,
            enable_SMTPUTF8=True,
            ident="Leadlight demo",
        )

    def start(self) -> None:
        """Starts listening. Raises OSError if the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        """Stops listening. Email in transfer is dropped."""
        self._controller.stop(no_assert=True)
