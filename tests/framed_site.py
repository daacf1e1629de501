"""A company's site for replay tests: every page has the snippet, one page refuses frames."""

import http.server
from dataclasses import dataclass, field
from importlib.resources import files
from urllib.parse import urlsplit

SNIPPET = files("tracker.web.edge").joinpath("snippet", "snippet.min.js").read_text("utf-8")
PAGE = '<!doctype html><title>{0} – Northwind</title><body><h1>{0}</h1><div style="height:4000px">tall</div><script src="/t.js?s=x"></script></body>'


@dataclass
class FramedSite:
    """The company's site; records what the snippet sends."""

    port: int
    sent: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://localhost:{self.port}"

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """The request handler class."""
        site = self

        class SiteHandler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                is_script = path == "/t.js"
                body = SNIPPET.replace("__LEADLIGHT__", '{"site":"x","fields":[]}') if is_script else PAGE.format(path.strip("/").title())
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
                if path == "/closed":
                    self.send_header("X-Frame-Options", "DENY")
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body.encode())

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_POST(self) -> None:
                site.sent.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return SiteHandler
