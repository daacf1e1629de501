"""Signing in to the console, and what protects its forms."""

import dataclasses
import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.console.conftest import PASSWORD, Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.team import passwords, sign_in_links
from tracker.web.api.paths import is_for_programs
from tracker.web.console.app import create_app

SignIn = Callable[..., Browser]


def test_a_link_signs_in_once(browser: Browser, deps: Deps, office: Office) -> None:
    """Looking at a link (as mail scanners do) does not use it up; pressing its button does."""
    path = sign_in_links.shown(deps, office.admin).removeprefix(deps.settings.public_url)
    for _ in range(3):
        assert "Welcome, Mara Oliveira" in browser.get(path).text
    assert browser.get("/live").status_code == 303

    assert browser.post(path).status_code == 303
    assert browser.get("/live").status_code == 200
    assert browser.get(path).status_code == 410


def test_password_signs_in_with_a_new_session(browser: Browser, deps: Deps, office: Office) -> None:
    """The session is new, unreadable by scripts, and the browser goes on where it wanted to go."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser.client.set_cookie("ll_session", "planted-by-another-site")
    browser.get("/sign-in?next=/settings/me")
    answer = browser.post("/sign-in", {"email": " MARA@northbeam.example ", "password": PASSWORD, "next": "/settings/me"})

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("ll_session="))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/me")
    assert "planted" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert browser.get("/settings/me").status_code == 200


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\\/evil"])
def test_sign_in_leads_to_no_other_site(browser: Browser, deps: Deps, office: Office, wanted: str) -> None:
    """Where to go on after signing in is a path of ours or the start."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"email": office.admin.email, "password": PASSWORD, "next": wanted})

    assert answer.headers["Location"] == "/"


def test_unknown_address_and_wrong_password_read_alike(browser: Browser, deps: Deps, office: Office) -> None:
    """The response does not reveal which addresses exist."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser.get("/sign-in")
    answers = [browser.post("/sign-in", {"email": email, "password": "wrong wrong"}) for email in (office.admin.email, "nobody@x.example")]

    bodies = {re.sub(r'data-now="\d+"|mara@northbeam.example|nobody@x.example', "", answer.text) for answer in answers}
    assert [answer.status_code for answer in answers] == [422, 422]
    assert len(bodies) == 1


def test_tries_are_limited_per_account(browser: Browser, deps: Deps, office: Office) -> None:
    """After ten wrong passwords even the right one has to wait."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser.get("/sign-in")
    for _ in range(10):
        browser.post("/sign-in", {"email": office.admin.email, "password": "wrong wrong"})

    assert browser.post("/sign-in", {"email": office.admin.email, "password": PASSWORD}).status_code == 429


def test_signing_out_ends_the_session(signed_in: SignIn, office: Office) -> None:
    """The cookie is worth nothing afterwards, also where it was kept."""
    browser = signed_in(office.admin)
    kept = browser.client.get_cookie("ll_session").value
    browser.post("/sign-out")
    browser.client.set_cookie("ll_session", kept)

    assert browser.get("/live").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=["other", "null", "alike", "no-origin"],
)
def test_a_form_from_another_site_does_nothing(signed_in: SignIn, office: Office, deps: Deps, headers: dict[str, str]) -> None:
    """Even with the right token, another origin's request changes nothing."""
    browser = signed_in(office.admin)
    answer = browser.post("/settings/me", {"name": "Evil", "email": office.admin.email, "timezone": "UTC"}, headers=headers)

    assert answer.status_code == 403
    assert deps.store.of(office.workspace.id).reps.get(office.admin.id).name == "Mara Oliveira"


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "ü"])
def test_a_form_without_its_token_does_nothing(signed_in: SignIn, office: Office, token: str) -> None:
    """The token belongs to the session."""
    browser = signed_in(office.admin)
    browser.token = token

    assert browser.post("/settings/me", {"name": "Evil"}).status_code == 403


def test_every_form_that_changes_something_is_checked(console: Flask, signed_in: SignIn, office: Office) -> None:
    """No POST of the console is answered without a token, signed in or not."""
    browser = signed_in(office.admin)
    browser.token = "missing"
    paths = [re.sub(r"<[^>]+>", "x", rule.rule) for rule in console.url_map.iter_rules() if "POST" in (rule.methods or ())]
    answers = {path: browser.post(path).status_code for path in paths if not is_for_programs(path)}

    assert answers
    assert set(answers.values()) == {403}


def test_every_page_needs_a_rep(console: Flask, browser: Browser) -> None:
    """Without a session all pages lead to the sign-in, but the ones meant for everybody."""
    paths = [re.sub(r"<[^>]+>", "x", rule.rule) for rule in console.url_map.iter_rules() if "GET" in (rule.methods or ())]
    open_to_all = {path for path in paths if browser.get(path).status_code not in (303, 405) and not path.startswith(("/api/", "/static/"))}

    autoconfig = {"/.well-known/autoconfig/mail/config-v1.1.xml", "/mail/config-v1.1.xml"}
    assert open_to_all == {"/healthz", "/readyz", "/sign-in", "/sign-in/x"} | autoconfig | {"/sw.js", "/manifest.webmanifest"}
    worker = browser.get("/sw.js")
    assert (worker.status_code, worker.mimetype) == (200, "text/javascript")
    assert browser.get("/sw.js", headers={"If-None-Match": worker.headers["ETag"]}).status_code == 304


def test_headers_refuse_inline_scripts_frames_and_sniffing(browser: Browser) -> None:
    """Each page says so itself, whatever stands in it."""
    headers = browser.get("/sign-in").headers
    policy = headers["Content-Security-Policy"]

    assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_an_unknown_host_is_refused(browser: Browser) -> None:
    """Links are made from PUBLIC_URL, and a forged Host gets no page at all."""
    answer = browser.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    for words in ("evil.example", "http://localhost:", "PUBLIC_URL"):
        assert words in answer.text
    for host in ("127.0.0.1:9999", "[::1]:9999", "LOCALHOST"):
        assert browser.get("/sign-in", headers={"Host": host}).status_code == 200, host
    for host in ("", "[::2]:80", "local host", "localhost.evil.example", "[::1", "localhost:99999"):
        assert browser.get("/sign-in", headers={"Host": host}).status_code == 400, host


def test_health_is_told_at_each_hosts_own_address(browser: Browser) -> None:
    """A load balancer and `leadlight up` ask a host by its address. A page that points its name here asks by that name."""
    for host, status in {"10.0.0.5:8080": 200, "[2001:db8::2]:8080": 200, "evil.example": 400, "": 400}.items():
        assert browser.get("/healthz", headers={"Host": host}).status_code == status, host
    assert browser.get("/sign-in", headers={"Host": "10.0.0.5:8080"}).status_code == 400


def test_a_form_from_another_address_names_the_setting(browser: Browser) -> None:
    """As behind a proxy whose name is not PUBLIC_URL: what was asked, what is set, and what to do."""
    answer = browser.post("/sign-in", {"email": "a@b.example"}, headers={"Origin": "https://leads.acme.example"})
    assert answer.status_code == 403
    for words in ("https://leads.acme.example", "http://localhost:", "PUBLIC_URL"):
        assert words in answer.text


def test_the_console_works_at_an_ipv6_address(deps: Deps) -> None:
    """Its host is in brackets."""
    app = create_app(dataclasses.replace(deps, settings=dataclasses.replace(deps.settings, public_url="http://[2001:db8::1]:8000")))
    client = app.test_client()
    assert client.get("/sign-in", headers={"Host": "[2001:db8::1]:8000"}).status_code == 200
    assert client.get("/sign-in", headers={"Host": "[2001:db8::2]:8000"}).status_code == 400


def test_cookies_are_bound_to_the_host_on_https(deps: Deps, office: Office) -> None:
    """Behind https the session's cookie carries the __Host- prefix and Secure."""
    secure = dataclasses.replace(deps, settings=dataclasses.replace(deps.settings, public_url="https://console.example.com"))
    passwords.set_password(deps, office.admin, PASSWORD)
    client = create_app(secure).test_client()
    base = {"base_url": "https://console.example.com"}
    token = re.search(r'data-csrf="([^"]+)"', client.get("/sign-in", **base).text)
    assert token
    form = {"csrf_token": token[1], "email": office.admin.email, "password": PASSWORD}
    answer = client.post("/sign-in", data=form, headers={"Origin": "https://console.example.com"}, **base)

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if "ll_session" in c)
    assert cookie.startswith("__Host-ll_session=")
    assert "Secure" in cookie


@pytest.mark.parametrize("headers", [{"X-Requested-With": "fetch"}, {"Accept": "text/event-stream"}], ids=["fetch", "stream"])
def test_a_script_without_a_session_is_told_so(browser: Browser, headers: dict[str, str]) -> None:
    """401 instead of the sign-in page, which a script would draw into the page it is on."""
    assert browser.get("/live/stream", headers=headers).status_code == 401
    assert browser.get("/live/stream").status_code == 303
