"""What HTTP asks of every page: methods, problem details for programs, and cookies that only this host can have set."""

import dataclasses
import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.team import sessions
from tracker.domain.team.rep import Rep
from tracker.web.api.cookies import parsed
from tracker.web.console.app import create_app

PATHS = ["/sign-in", "/leads", "/healthz", "/static/app.js", "/api/v1/leads", "/api/v1/openapi.json", f"/api/v1/leads/{'a' * 32}"]
UNKNOWN = ["TRACE", "CONNECT", "PROPFIND", "BREW", "X"]


@pytest.mark.parametrize("method", UNKNOWN)
@pytest.mark.parametrize("path", PATHS)
def test_unknown_methods_are_405(console: Flask, office: Office, path: str, method: str) -> None:
    """As problem details with Allow, signed in or not; a browser gets a page."""
    client = console.test_client()
    answer, page = client.open(path, method=method), client.open(path, method=method, headers={"Accept": "text/html"})
    allowed = {name.strip() for name in answer.headers["Allow"].split(",")}

    assert answer.status_code == page.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert page.content_type == (answer.content_type if path.startswith("/api/") else "text/html; charset=utf-8")
    assert {name.strip() for name in page.headers["Allow"].split(",")} == allowed
    assert "GET" in allowed
    assert method not in allowed


def test_options_says_what_405_says(console: Flask, office: Office) -> None:
    """204, also where a page needs a signed-in rep."""
    client = console.test_client()
    for path in PATHS:
        asked, refused = client.options(path), client.open(path, method="BREW")
        assert asked.status_code == 204
        assert sorted(asked.headers["Allow"].split(", ")) == sorted(refused.headers["Allow"].split(", "))


def test_every_route_names_its_methods(console: Flask, office: Office) -> None:
    """A method that a page does not take is 405 and never 403 or 500; the methods named are those of its rules."""
    client = console.test_client()
    for rule in console.url_map.iter_rules():
        if rule.rule.startswith("/api/") or rule.methods is None:
            continue
        path = re.sub(r"<[^>]+>", "a" * 32, rule.rule)
        answer = client.open(path, method="PROPFIND")
        assert (answer.status_code, path) == (405, path)
        assert rule.methods <= {name.strip() for name in answer.headers["Allow"].split(",")}


def test_an_unknown_path_is_404_whatever_the_method(console: Flask, office: Office) -> None:
    """There is no address of which to name the methods."""
    client = console.test_client()
    for path in ("/nothing", "/api/v1/nothing", "/api/"):
        assert {client.open(path, method=method).status_code for method in (*UNKNOWN, "GET", "POST")} == {404}


def test_a_body_too_large_is_413_with_problem_details(console: Flask, office: Office) -> None:
    """For programs; a browser gets a page."""
    client = console.test_client()
    form, origin = {"csrf_token": "x" * 17_000_000}, {"Origin": "http://localhost"}
    answer, page = (client.post("/sign-in", data=form, headers={**origin, **accept}) for accept in ({}, {"Accept": "text/html"}))

    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert (page.status_code, page.mimetype) == (413, "text/html")


@pytest.fixture
def secure(deps: Deps) -> Flask:
    """The console of an installation that is reached by https."""
    return create_app(dataclasses.replace(deps, settings=dataclasses.replace(deps.settings, public_url="https://console.example.com")))


def status_with(app: Flask, header: str, path: str = "/settings/me") -> int:
    """Of a page that needs a signed-in rep, asked for with these cookies: 200, or 303 to the sign-in page."""
    base = "https://console.example.com" if "Host" in app.config["SESSION_COOKIE_NAME"] else "http://localhost"
    environ = EnvironBuilder(path, base_url=base, headers={"Cookie": header}).get_environ()
    return app.test_client(use_cookies=False).open(environ).status_code


def test_a_plain_cookie_name_is_ignored_on_https(secure: Flask, deps: Deps, office: Office) -> None:
    """A sibling domain can set it. It cannot set the name with the prefix, however it is spelled."""
    token = sessions.start(deps, office.admin)

    assert status_with(secure, f"__Host-ll_session={token}") == 200
    for planted in (
        "ll_session",
        "__host-ll_session",
        "__HOST-LL_SESSION",
        "__Secure-ll_session",
        "\xa0__Host-ll_session",
        "\x85__Host-ll_session",
    ):
        assert status_with(secure, f"{planted}={token}") == 303
        assert status_with(secure, f"{planted}={token}", "/api/v1/live") == 401
    for space in ("\u2000", "\u3000", "\u2028"):
        assert status_with(secure, f"{space}__Host-ll_session={token}".encode().decode("latin-1")) == 303


def test_a_planted_cookie_beside_ours_changes_nothing(secure: Flask, deps: Deps, office: Office) -> None:
    """Neither before nor behind it."""
    ours, other = sessions.start(deps, office.admin), sessions.start(deps, office.rep)

    for header in (f"ll_session={other}; __Host-ll_session={ours}", f"__Host-ll_session={ours};ll_session={other}"):
        assert status_with(secure, header) == 200


def test_two_cookies_of_one_name_are_ignored(console: Flask, secure: Flask, deps: Deps, office: Office) -> None:
    """Which of the two is ours cannot be known."""
    ours, other = sessions.start(deps, office.admin), sessions.start(deps, office.rep)

    assert status_with(console, f"ll_session={ours}") == 200
    assert status_with(console, f"ll_session={ours}; ll_session={other}") == 303
    assert status_with(secure, f"__Host-ll_session={other}; __Host-ll_session={ours}") == 303
    assert status_with(console, f"ll_session={ours}; ll_session={other}", "/api/v1/live") == 401


def test_the_prefix_is_ignored_on_plain_http(console: Flask, deps: Deps, office: Office) -> None:
    """There the plain name is the only one."""
    assert status_with(console, f"__Host-ll_session={sessions.start(deps, office.admin)}") == 303


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1; b=2;c=3 ;\td=4", {"a": "1", "b": "2", "c": "3", "d": "4"}),
        ("a=1; a=2; b=3", {"b": "3"}),
        ("a=1=2", {"a": "1=2"}),
        ("a; =b; c=", {"": "b", "c": ""}),
        ('a="1; b=2"', {"a": '"1', "b": '2"'}),
        ("A=1; a=2", {"A": "1", "a": "2"}),
        ("\xa0a=1", {"\xa0a": "1"}),
    ],
)
def test_cookies_are_read_to_the_letter(header: str, found: dict[str, str]) -> None:
    """RFC 6265bis: names are what stands there; quotes are part of a value and protect nothing."""
    assert dict(parsed(header)) == found


def test_signing_in_still_works(signed_in: Callable[[Rep], Browser], office: Office) -> None:
    """On plain http, with the cookies as the browser got them."""
    assert signed_in(office.rep).get("/settings/me").status_code == 200
