"""The demo company's website: a few pages with the snippet. Served by demo.servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tracker.demo_data.pages import BY_PATH, COMPANY, MENU, PAGES, Page
from tracker.links import urls

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The accepted host names. Others may be attempts of DNS rebinding."""

_BIGGEST_FORM = 64 * 1024
_PLANS = (
    ("Starter", "29", "For up to 10 vans", ("Tours planned overnight", "Driver app", "Help by email")),
    (
        "Fleet",
        "49",
        "For 11 to 80 vans",
        ("Everything in Starter", "Tours re-planned while they run", "Arrival times for your customers", "Help by phone"),
    ),
    (
        "Network",
        "79",
        "For several depots",
        ("Everything in Fleet", "Depots that lend each other vans", "Your own data region", "A named planner at Fernway"),
    ),
)


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """The site's configuration: edge URL, site key, and the console that may frame it."""

    edge_url: str
    site_key: str
    console_url: str

    @property
    def policy(self) -> str:
        """The content security policy: own styles and images, the edge's script, framed by the console only."""
        edge = urls.origin(self.edge_url)
        return (
            f"default-src 'none'; style-src 'self'; img-src 'self'; script-src {edge}; connect-src {edge}; form-action 'self'; "
            f"base-uri 'none'; frame-ancestors {urls.origin(self.console_url)}"
        )


def create_site(config: SiteConfig) -> Flask:
    """The site as a Flask application; demo.servers adds the inbox."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _BIGGEST_FORM
    app.register_blueprint(_pages(config))
    app.before_request(_refuse_other_hosts)
    app.after_request(_common_headers)
    return app


def _pages(config: SiteConfig) -> Blueprint:
    pages = Blueprint("site", __name__)
    common: Mapping[str, object] = {"company": COMPANY, "menu": MENU, "snippet": urls.snippet_url(config.edge_url, config.site_key)}

    def show(page: Page) -> Response:
        name = "home" if page.path == "/" else page.path.strip("/")
        response = Response(render_template(f"site/{name}.html", page=page, plans=_PLANS, **common))
        response.headers["Content-Security-Policy"] = config.policy
        return response

    for page in PAGES:
        pages.add_url_rule(page.path, page.path.strip("/") or "home", lambda page=page: show(page))

    @pages.post("/contact")
    def ask() -> AnyResponse:
        """Accepts the form and stores nothing; the snippet reports the submit."""
        request.get_data()
        return redirect("/thanks", 303)

    @pages.app_errorhandler(404)
    def missing(_error: Exception) -> tuple[Response, int]:
        response = Response(render_template("site/missing.html", page=BY_PATH["/"], **common))
        response.headers["Content-Security-Policy"] = config.policy
        return response, 404

    @pages.get("/healthz")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @pages.get("/favicon.ico")
    def icon() -> AnyResponse:
        return redirect("/static/mark.svg", 302)

    return pages


def _refuse_other_hosts() -> Response | None:
    name = (urlsplit(f"//{request.host}").hostname or "").lower()
    name = f"[{name}]" if ":" in name else name
    if name in LOOPBACK:
        return None
    return Response("The demo is available at localhost only.\n", 421, mimetype="text/plain")


def _common_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = response.headers.get("Referrer-Policy", "strict-origin-when-cross-origin")
    response.headers["Cache-Control"] = "no-cache"
    return response
