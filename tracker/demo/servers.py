"""The house: the demo's web server and mail server, open only while a demo workspace exists. Kept by `python -m tracker.demo`."""

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
from tracker.demo.smtp_server import Sink
from tracker.domain.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_SLOWEST_SECONDS = 15
"""A client that says nothing for so long is hung up on."""


class _Handler(WSGIRequestHandler):
    timeout = _SLOWEST_SECONDS

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Requests of a demo are not worth a line."""
        log.debug(message % args if args else message, extra={"kind": type})


@dataclass(frozen=True, slots=True)
class _Open:
    web: BaseWSGIServer
    thread: threading.Thread
    sink: Sink
    inbox: Inbox


class House:
    """Both servers on loopback. `open_for` and `close` may be called as often as one likes."""

    def __init__(self, settings: Settings, now: Clock) -> None:
        self._settings = settings
        self._now = now
        self._open: _Open | None = None

    def open_for(self, workspace: Workspace) -> None:
        """Opens both ports for this workspace. Raises OSError or TimeoutError where a port is taken: nothing is open then."""
        self.close()
        settings = self._settings
        inbox = Inbox(_fresh_folder(settings.data / "demo", f"inbox-{to_ms(workspace.created_at)}"), self._now)
        app = create_site(SiteConfig(settings.edge_url, workspace.sites[0].key, settings.public_url))
        app.register_blueprint(inbox_pages(inbox))
        # The site's port comes last: who finds it open may send mail at once.
        sink = Sink(inbox, settings.demo_smtp_port)
        sink.start()
        try:
            with socket.create_server(("127.0.0.1", settings.demo_port)) as listener:
                # Handed over as a descriptor, since werkzeug ends the process where it cannot bind.
                web = make_server("127.0.0.1", settings.demo_port, app, threaded=True, request_handler=_Handler, fd=listener.fileno())
        except OSError:
            sink.stop()
            raise
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.1}, name="demo-site", daemon=True)
        thread.start()
        self._open = _Open(web, thread, sink, inbox)
        log.info("demo open", extra={"port": settings.demo_port, "smtp_port": settings.demo_smtp_port})

    def close(self, *, forget: bool = False) -> None:
        """Closes both ports; with `forget` the mails go too."""
        if self._open is None:
            return
        was, self._open = self._open, None
        was.web.shutdown()
        was.web.server_close()
        was.sink.stop()
        was.thread.join(5)
        if forget:
            was.inbox.clear()
        log.info("demo closed")


def _fresh_folder(parent: Path, name: str) -> Path:
    """The folder of this demo's mails; those of former demos, removed while nobody looked, are deleted."""
    for old in parent.glob("inbox-*"):
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)
    return parent / name
