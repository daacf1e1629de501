"""What an answer of the company's site says: whether the landing parameter survives, and whether the snippet is there and may run. Pure."""

import html
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tracker.base.errors import Invalid
from tracker.domain.workspace.site import Site
from tracker.links import urls
from tracker.rules.sites.origins import checked_origin

PROBE = "leadlight-check"
"""The value of the landing parameter that a check sends. It is no token, and nothing is recorded of it."""
_SNIPPET = re.compile(r"/t\.js\?(?:[^\"'\s<>]*&)?s=([0-9A-Za-z]+)")
_FAILED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFinding:
    """One thing that a check found."""

    is_good: bool
    text: str
    origin: str = ""
    """The origin that the button *Add it* names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """A page of the site as it was answered, after redirects."""

    asked: str
    """The origin that was asked for."""
    url: str
    status: int
    policy: str = ""
    """Its Content-Security-Policy."""
    body: str = ""


def findings_of(page: FetchedPage, site: Site, edge_url: str) -> list[PageFinding]:
    """What is good and what must be changed, in the order in which it matters."""
    origin = urls.origin(page.url)
    found = []
    if origin != page.asked:
        found.append(_of_redirect(page.asked, origin, site))
    if page.status >= _FAILED:
        text = f"{origin} answered with status {page.status}, so the page could not be checked. Open it once in your browser instead."
        return [*found, PageFinding(is_good=False, text=text)]
    if site.landing_parameter:
        found.append(_of_query(page, site.landing_parameter))
    found.append(_of_snippet(page, origin, site))
    return [*found, *_of_policy(page.policy, edge_url)]


def _of_redirect(asked: str, origin: str, site: Site) -> PageFinding:
    if origin in site.origins:
        return PageFinding(is_good=True, text=f"{asked} redirects to {origin}, which is among the addresses.")
    text = f"{asked} redirects to {origin}, which is not among the addresses: its pages are refused."
    try:
        return PageFinding(is_good=False, text=text, origin=checked_origin(origin))
    except Invalid:
        return PageFinding(is_good=False, text=text)


def _of_query(page: FetchedPage, parameter: str) -> PageFinding:
    if PROBE in parse_qs(urlsplit(page.url).query).get(parameter, ()):
        return PageFinding(is_good=True, text=f"{page.asked} keeps what follows “?” in the address: leads who click a link are recognised.")
    origin = urls.origin(page.url)
    way = f"link to {origin} in email" if origin != page.asked else "link to the address that it redirects to"
    text = f"{page.asked} drops what follows “?” in the address: leads who click a link are not recognised. Let the redirect keep it, or {way}."
    return PageFinding(is_good=False, text=text)


def _of_snippet(page: FetchedPage, origin: str, site: Site) -> PageFinding:
    keys = _SNIPPET.findall(html.unescape(page.body))
    if site.key in keys:
        return PageFinding(is_good=True, text=f"The snippet is on {origin}.")
    if keys:
        return PageFinding(is_good=False, text=f"{origin} has a snippet with another key, {keys[0][:32]}. Paste the one shown here.")
    text = f"The snippet is not on {origin} yet. If a tag manager adds it, open the page once in your browser."
    return PageFinding(is_good=False, text=text)


def _of_policy(policy: str, edge_url: str) -> list[PageFinding]:
    """What the Content-Security-Policy keeps from running. Several policies of one header all apply."""
    missing = {
        name
        for one in policy.split(",")
        for name in ("script-src", "connect-src")
        if not _is_allowed(_directives(one), name, urls.origin(edge_url))
    }
    if not missing:
        return []
    text = (
        f"The Content-Security-Policy of the page does not allow Leadlight: add {urls.origin(edge_url)} to {' and '.join(sorted(missing))}."
    )
    return [PageFinding(is_good=False, text=text)]


def _directives(policy: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.lower().split() or [""]
        found.setdefault(name, sources)
    return found


def _is_allowed(directives: dict[str, list[str]], name: str, origin: str) -> bool:
    """Whether the policy allows the origin. Nonces and hashes may allow it too, which cannot be told from outside."""
    sources = directives.get(name, directives.get("default-src"))
    if sources is None:
        return True
    host = urlsplit(origin).netloc
    plain = (source.removeprefix("https://").removeprefix("http://").partition("/")[0] for source in sources)
    if any(one in ("*", "http:", "https:", host) or (one.startswith("*.") and host.endswith(one[1:])) for one in plain):
        return True
    return name == "script-src" and any(source.startswith(("'nonce-", "'sha", "'strict-dynamic")) for source in sources)
