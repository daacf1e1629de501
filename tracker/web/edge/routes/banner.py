"""The consent banner, `GET /b.js?s=<site key>`: a second script, only for sites where it is switched on."""

from typing import Any

import msgspec

from tracker.spool.policy import SitePolicy
from tracker.web.edge.context import Context
from tracker.web.edge.responses import RouteResult
from tracker.web.edge.scripts import serve_script


def banner(context: Context, scope: dict[str, Any]) -> RouteResult:
    """The script for one site; 404 where the banner is off."""
    return serve_script(context, scope, "banner", _configuration)


def _configuration(context: Context, _key: str, site: SitePolicy) -> bytes | None:
    if site.banner is None:
        return None
    company = context.policy.current().workspaces.get(site.workspace)
    return msgspec.json.encode(
        {
            "company": company.name if company else "",
            "text": site.banner.text,
            "link": site.banner.link,
            "texts": company.texts.get("banner", {}) if company else {},
        }
    )
