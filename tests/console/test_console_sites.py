"""Website and forms, and the website step of set-up: refused pages with one-click remedies, and the check of the site."""

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.workspace import workspaces
from tracker.base.ids import new_id
from tracker.base.settings import AllowedTarget, Settings
from tracker.domain.workspace.refusal import RefusalCount, RefusalReason
from tracker.domain.workspace.site import Site

SignIn = Callable[..., Browser]
WWW = "https://www.northbeam.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The check reaches a site on this machine."""
    return replace(settings, outbound_allow=(AllowedTarget(ip_network("127.0.0.1/32"), None),))


@dataclass
class Shop:
    """A site that redirects its first page, and has the snippet there."""

    port: int
    snippet: str = ""
    target: str = "/home"
    """Where the first page redirects; `{query}` stands for the query it was asked with."""

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def shop() -> Iterator[Shop]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self.send_response(302 if parts.path == "/" else 200)
            if parts.path == "/":
                self.send_header("Location", made.target.replace("{query}", parts.query))
            self.end_headers()
            self.wfile.write(made.snippet.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Shop(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def add_site(deps: Deps, office: Office, *origins: str) -> Site:
    return workspaces.add_site(deps, office.workspace.id, name="Shop", origins=origins or ["https://northbeam.example"])


def site_of(deps: Deps, office: Office, site: Site) -> Site:
    found = deps.store.workspaces.get(office.workspace.id).site(site.key)
    assert found
    return found


def refuse(deps: Deps, office: Office, site: str, origin: str, pages: int = 12, reason: RefusalReason = RefusalReason.ORIGIN) -> None:
    count = RefusalCount(new_id(), deps.now().date(), site, reason, origin, pages)
    deps.store.of(office.workspace.id).refusals.raise_to([count])


def test_a_refused_origin_is_added_with_one_click(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """In the settings and in set-up; then nothing is left to say. A rep cannot do it."""
    site = add_site(deps, office)
    refuse(deps, office, site.key, WWW)
    browser = signed_in(office.admin)
    for path in ("/settings/sites", "/setup/steps"):
        text = browser.get(path).text
        assert f"12 pages from {WWW} were refused. Add it?" in text
        assert f"/settings/sites/{site.key}/addresses" in text
        assert "Do visitors also use" not in text

    assert signed_in(office.rep).post(f"/settings/sites/{site.key}/addresses", {"origin": WWW}).status_code in (403, 404)
    answer = signed_in(office.admin).post(f"/settings/sites/{site.key}/addresses", {"origin": WWW, "back": "setup"})
    assert answer.headers["location"].endswith("/setup#site")
    assert site_of(deps, office, site).origins == ("https://northbeam.example", WWW)
    assert "were refused" not in signed_in(office.admin).get("/settings/sites").text


def test_a_copy_of_the_site_is_ignored_with_one_click(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """It is neither shown nor accepted."""
    site = add_site(deps, office)
    refuse(deps, office, site.key, "https://copy.example")
    browser = signed_in(office.admin)
    browser.post(f"/settings/sites/{site.key}/ignored", {"origin": "https://copy.example"})
    assert "were refused" not in browser.get("/settings/sites").text
    assert site_of(deps, office, site).origins == site.origins


def test_an_unknown_key_is_told_where_it_belongs(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Beside the site whose page has it, or above all sites."""
    add_site(deps, office)
    refuse(deps, office, "0a" * 8, "https://northbeam.example", reason=RefusalReason.KEY)
    refuse(deps, office, "0b" * 8, "https://new.example", reason=RefusalReason.KEY)
    for path in ("/settings/sites", "/setup/steps"):
        text = signed_in(office.admin).get(path).text
        assert f"No site has the key {'0a' * 8}" in text
        assert f"No site has the key {'0b' * 8}" in text


@pytest.mark.parametrize(
    "origins", ["https://northbeam.example/shop", "https://*.northbeam.example", "file:///x", "null", "https://a@b.example"]
)
def test_an_origin_that_cannot_match_is_refused_at_entry(signed_in: SignIn, office: Office, deps: Deps, origins: str) -> None:
    """In the settings and in set-up, which takes the address of a page for its beginning."""
    browser = signed_in(office.admin)
    for path, form in (("/settings/sites", {"name": "Shop", "origins": origins}), ("/setup/site", {"origin": origins})):
        browser.post(path, form)
    sites = deps.store.workspaces.get(office.workspace.id).sites
    assert [site.origins for site in sites] == ([("https://northbeam.example",)] if origins.endswith("/shop") else [])


def test_the_address_with_www_is_offered_until_it_is_declined(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """And the sources for a Content-Security-Policy stand beside the snippet."""
    site = add_site(deps, office)
    browser = signed_in(office.admin)
    text = browser.get("/settings/sites").text
    assert f"Do visitors also use <b>{WWW}</b>?" in text
    edge = deps.settings.edge_url
    assert f"script-src {edge}; connect-src {edge}" in text
    browser.post(f"/settings/sites/{site.key}/ignored", {"origin": WWW})
    assert "Do visitors also use" not in browser.get("/settings/sites").text


def test_set_up_follows_the_redirects_of_the_site(signed_in: SignIn, office: Office, deps: Deps, shop: Shop) -> None:
    """It says that the query is lost and the snippet is missing; once both are right, the check says so."""
    browser = signed_in(office.admin)
    browser.post("/setup/site", {"origin": shop.url})
    text = browser.get("/setup/steps").text
    assert f"{shop.url} drops what follows “?” in the address" in text
    assert f"The snippet is not on {shop.url} yet." in text

    (site,) = deps.store.workspaces.get(office.workspace.id).sites
    shop.target, shop.snippet = "/home?{query}", f'<script src="http://t/t.js?s={site.key}"></script>'
    browser.post(f"/settings/sites/{site.key}/check")
    text = browser.get("/settings/sites").text
    assert f"{shop.url} keeps what follows “?” in the address" in text
    assert f"The snippet is on {shop.url}." in text


def test_a_redirect_to_another_origin_offers_it(signed_in: SignIn, office: Office, deps: Deps, shop: Shop) -> None:
    """The findings are of the present addresses: after adding it they are gone."""
    other = f"http://localhost:{shop.port}"
    shop.target = f"{other}/home?{{query}}"
    site = add_site(deps, office, shop.url)
    browser = signed_in(office.admin)
    browser.post(f"/settings/sites/{site.key}/check")
    assert f"{shop.url} redirects to {other}, which is not among the addresses" in browser.get("/settings/sites").text
    browser.post(f"/settings/sites/{site.key}/addresses", {"origin": other})
    assert "not among the addresses" not in browser.get("/settings/sites").text


@pytest.mark.parametrize("target", ["/", "http://10.0.0.1/", "file:///etc/passwd", "http://127.0.0.1:1/"])
def test_a_redirect_that_leads_nowhere_is_said(signed_in: SignIn, office: Office, deps: Deps, shop: Shop, target: str) -> None:
    """Round in circles, to a private address, to a file."""
    shop.target = target
    site = add_site(deps, office, shop.url)
    browser = signed_in(office.admin)
    browser.post(f"/settings/sites/{site.key}/check")
    assert f"{shop.url} could not be fetched from this server" in browser.get("/settings/sites").text
