"""A site with two origins whose pages tests write themselves, each with the snippet. Used by the tests of views, clicks and landings."""

import http.server
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.edge_process import SITE, EdgeProcess
from tracker.domain.activity.capture import Capture, CaptureKind

HEAD = '<!doctype html><title>{title}</title>{before}<script async src="{edge}/t.js?s={site}" {extra}></script>'


class OwnSite:
    """Pages by path, on two origins of one site; every page not written is an empty one that carries the snippet."""

    def __init__(self, edge: EdgeProcess, ports: tuple[int, int]) -> None:
        self._edge = edge
        self._pages: dict[str, str] = {}
        self._seen = 0
        self.requests: list[str] = []
        """Path and query of every request."""
        self.url, self.other = (f"http://localhost:{port}" for port in ports)
        self._servers = [http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler()) for port in ports]
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def write(self, path: str, body: str, *, title: str | None = None, before: str = "", waits: bool = False, snippet: bool = True) -> str:
        """Writes a page and returns its address; `before` stands before the snippet."""
        extra = 'data-consent="wait"' if waits else ""
        head = HEAD.format(title=path.strip("/") if title is None else title, before=before, edge=self._edge.url, site=SITE, extra=extra)
        self._pages[path] = (head if snippet else "<!doctype html>") + f"<body>{body}"
        return self.url + path

    def begin(self) -> None:
        """Forgets what was told so far."""
        self._seen = len(self._edge.captures())

    def told(self) -> list[Capture]:
        """What was told since, each event once."""
        return list({capture.id: capture for capture in self._edge.captures()[self._seen :]}.values())

    def views(self) -> list[Capture]:
        """The views told since."""
        return sorted((c for c in self.told() if c.kind is CaptureKind.VIEW), key=lambda c: c.at)

    def clicks(self) -> list[Capture]:
        """The clicks on pages told since."""
        return sorted((c for c in self.told() if c.kind is CaptureKind.PAGE_CLICK), key=lambda c: c.at)

    def amended(self) -> list[tuple[str, str]]:
        """Path with query and hash, and title of each view, as heartbeats amended them."""
        found = []
        for view in self.views():
            later = [
                c for c in self.told() if c.page == view.page and c.kind in (CaptureKind.BEAT, CaptureKind.LEAVE) and c.title is not None
            ]
            last = max(later, key=lambda c: c.at) if later else view
            found.append((self._short(last.url), last.title or view.title or ""))
        return found

    def paths(self) -> list[str]:
        """The last address of each view, without the origin."""
        return [path for path, _ in self.amended()]

    def until(self, page: Page, is_so: Callable[[], bool], seconds: float = 20) -> None:
        """Waits until it is so; the page lives on meanwhile."""
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, [(c.kind, c.url, c.title, c.target, c.text) for c in self.told()]
            page.wait_for_timeout(50)

    def close(self) -> None:
        """Stops the servers."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _short(self, url: str | None) -> str:
        parts = urlsplit(url or "")
        return (url or "").removeprefix(f"{parts.scheme}://{parts.netloc}")

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append(self.path)
                path = urlsplit(self.path).path
                if path not in site._pages:
                    site.write(path, "<p>empty</p>")
                body = site._pages[path].encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
