"""The check of a site: follows its redirects as a browser does, with a landing parameter, and looks for the snippet. Kept for an hour."""

import time
from urllib.parse import urljoin

import msgspec
import redis

from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError, NotFound
from tracker.base.http.outbound import Outbound
from tracker.base.ids import id_of
from tracker.domain.workspace.site import Site
from tracker.links.landing import PARAMETER
from tracker.rules.sites.page_check import PROBE, FetchedPage, PageFinding, findings_of

_MOST_HOPS = 6
_MOST_ORIGINS = 4
_SECONDS = 9.0
"""After this time, no further request begins, because a page waits for the check."""
_KEPT_SECONDS = 3600
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_decoder = msgspec.json.Decoder(list[PageFinding])


def check_site(deps: Deps, outbound: Outbound, workspace: str, key: str) -> list[PageFinding]:
    """Checks each address of the site, and keeps the findings. Raises NotFound."""
    site = deps.store.workspaces.get(workspace).site(key)
    if site is None:
        raise NotFound("no such site")
    until = time.monotonic() + _SECONDS
    found: dict[PageFinding, None] = {}
    for origin in site.origins[:_MOST_ORIGINS]:
        if time.monotonic() < until:
            found |= dict.fromkeys(_check(deps, outbound, site, origin, until))
    _keep(deps, workspace, site, list(found))
    return list(found)


def last_findings(deps: Deps, workspace: str, site: Site) -> list[PageFinding]:
    """The findings of the last hour for the site's present addresses; empty without a check, and while Redis is unavailable."""
    try:
        kept = deps.redis.get(_name(workspace, site))
        return _decoder.decode(kept) if isinstance(kept, (bytes, str)) else []
    except (redis.RedisError, OSError, msgspec.DecodeError):
        return []


def _keep(deps: Deps, workspace: str, site: Site, found: list[PageFinding]) -> None:
    try:
        deps.redis.set(_name(workspace, site), msgspec.json.encode(found), ex=_KEPT_SECONDS)
    except (redis.RedisError, OSError):
        return


def _name(workspace: str, site: Site) -> str:
    return f"ll:site-check:{workspace}:{id_of(site.key, *site.origins)}"


def _check(deps: Deps, outbound: Outbound, site: Site, origin: str, until: float) -> list[PageFinding]:
    try:
        page = _followed(outbound, origin, site.landing_parameter or PARAMETER, until)
    except DeliveryError as error:
        text = f"{origin} could not be fetched from this server: {error}. Open the website once in your browser instead."
        return [PageFinding(is_good=False, text=text)]
    return findings_of(page, site, deps.settings.edge_url)


def _followed(outbound: Outbound, origin: str, parameter: str, until: float) -> FetchedPage:
    """The page at the end of the redirects. Raises DeliveryError."""
    url = f"{origin}/?{parameter}={PROBE}"
    for _ in range(_MOST_HOPS):
        answer = outbound.page(url)
        target = answer.headers.get("location", "")
        if answer.status not in _REDIRECTS or not target:
            policy = answer.headers.get("content-security-policy", "")
            return FetchedPage(asked=origin, url=url, status=answer.status, policy=policy, body=answer.body.decode("utf-8", "replace"))
        url = urljoin(url, target).partition("#")[0]
        if time.monotonic() > until:
            raise DeliveryError("its redirects take too long", permanent=False)
    raise DeliveryError("it redirects too often", permanent=False)
