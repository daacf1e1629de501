"""The lines to paste into a site: the snippet, and the consent banner where it is switched on. Pure; used by console and API."""

import html
from urllib.parse import urlsplit

from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import banner_url, snippet_url
from tracker.rules.consent import OFF_BY_DEFAULT

_EUROPE = (
    *(
        "Amsterdam",
        "Athens",
        "Berlin",
        "Bratislava",
        "Brussels",
        "Bucharest",
        "Budapest",
        "Busingen",
    ),
    *(
        "Copenhagen",
        "Dublin",
        "Gibraltar",
        "Guernsey",
        "Helsinki",
        "Isle_of_Man",
        "Jersey",
        "Lisbon",
    ),
    *(
        "Ljubljana",
        "London",
        "Luxembourg",
        "Madrid",
        "Malta",
        "Mariehamn",
        "Monaco",
        "Oslo",
    ),
    *(
        "Paris",
        "Prague",
        "Riga",
        "Rome",
        "San_Marino",
        "Sofia",
        "Stockholm",
        "Tallinn",
    ),
    *(
        "Vaduz",
        "Vatican",
        "Vienna",
        "Vilnius",
        "Warsaw",
        "Zagreb",
        "Zurich",
    ),
)
_CONSENT_ZONES = frozenset(f"Europe/{city}" for city in _EUROPE) | {
    *("Atlantic/Azores", "Atlantic/Canary", "Atlantic/Madeira", "Atlantic/Reykjavik", "Africa/Ceuta", "Asia/Nicosia"),
    "Arctic/Longyearbyen",
}
"""Time zones of the EEA, the United Kingdom and places beside them that have similar law."""


def waits_for_consent(workspace: Workspace, site: Site) -> bool:
    """Whether the offered snippet waits: with our banner, and where the company's own country needs permission (not in the demo).

    The tracking policy says so once it is decided; until then the time zone tells companies in the EEA and the United Kingdom.
    """
    if site.banner or workspace.is_demo:
        return site.banner
    if (policy := workspace.tracking_policy) is not None:
        return policy.own_country in OFF_BY_DEFAULT or policy.degree_in("") is Tracking.OFF
    return workspace.timezone in _CONSENT_ZONES


def snippet_lines(edge_url: str, workspace: Workspace, site: Site) -> str:
    """The HTML to paste; two lines with the banner."""
    wait = ' data-consent="wait"' if waits_for_consent(workspace, site) else ""
    line = f'<script async src="{html.escape(snippet_url(edge_url, site.key))}"{wait}></script>'
    return f'{line}\n<script async src="{html.escape(banner_url(edge_url, site.key))}"></script>' if site.banner else line


def csp_line(edge_url: str) -> str:
    """What a site with a Content-Security-Policy must allow: the scripts, and their requests. Snippet and banner load no images."""
    source = urlsplit(edge_url)
    allowed = f"{source.scheme}://{source.netloc}"
    return f"script-src {allowed}; connect-src {allowed}"
