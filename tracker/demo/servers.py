"""The demo's web server and mail server, open while a demo workspace exists. Run by `python -m tracker.demo`."""

import logging
import shutil
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tracker.base.clock import Clock, to_ms
from tracker.base.settings import Settings
from tracker.demo.inbox import Inbox
from tracker.demo.inbox_pages import inbox_pages
from tracker.demo.site import SiteConfig, create_site
from tracker.demo.smtp_server import DemoSmtpServer
from tracker.domain.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 15
"""Timeout of a silent client."""


class _Handler(WSGIRequestHandler):
    timeout = _TIMEOUT_SECONDS

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Logs requests at debug level."""
        log.debug(message % args if args else message, extra={"kind": type})


@dataclass(frozen=True, slots=True)
class _Open:
    web: BaseWSGIServer
    thread: threading.Thread
    smtp: DemoSmtpServer
    inbox: Inbox


class DemoServers:
    """Both servers on loopback. `open_for` and `close` may be called repeatedly."""

    def __init__(self, settings: Settings, now: Clock) -> None:
        self._settings = settings
        self._now = now
        self._open: _Open | None = None

    def open_for(self, workspace: Workspace) -> None:
        """Opens both ports. Raises OSError or TimeoutError if a port is taken; then neither is open."""
        self.close()
        settings = self._settings
        inbox = Inbox(_mail_folder(settings.data / "demo", f"inbox-{to_ms(workspace.created_at)}"), self._now)
        app = create_site(SiteConfig(settings.edge_url, workspace.sites[0].key, settings.public_url))
        app.register_blueprint(inbox_pages(inbox))
        # The site's port opens last: once it responds, the mail server is ready too.
        smtp = DemoSmtpServer(inbox, settings.demo_smtp_port)
        smtp.start()
        try:
            with socket.create_server(("127.0.0.1", settings.demo_port)) as listener:
                # Passed as a descriptor, because werkzeug exits the process if it cannot bind.
                web = make_server("127.0.0.1", settings.demo_port, app, threaded=True, request_handler=_Handler, fd=listener.fileno())
        except OSError:
            smtp.stop()
            raise
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.1}, name="demo-site", daemon=True)
        thread.start()
        self._open = _Open(web, thread, smtp, inbox)
        log.info("demo open", extra={"port": settings.demo_port, "smtp_port": settings.demo_smtp_port})

    def close(self, *, forget: bool = False) -> None:
        """Closes both ports. `forget` also deletes the received email."""
        if self._open is None:
            return
        was, self._open = self._open, None
        was.web.shutdown()
        was.web.server_close()
        was.smtp.stop()
        was.thread.join(5)
        if forget:
            was.inbox.clear()
        log.info("demo closed")


def _mail_folder(parent: Path, name: str) -> Path:
    """The folder of this demo's email. Deletes the folders of previous demos."""
    for old in parent.glob("inbox-*"):
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)
    return parent / name
