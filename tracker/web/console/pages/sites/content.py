"""What the settings and the set-up checklist show of each site: snippet, refused pages, findings of the check and missing addresses."""

from collections import defaultdict

from tracker.actions.workspace.site_check import last_findings
from tracker.actions.workspace.site_origins import refusals_of
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.sites.origins import offers_for
from tracker.rules.sites.refusals import RefusalNotice
from tracker.rules.snippet_lines import csp_line, snippet_lines, waits_for_consent
from tracker.web.console.auth import deps


def sites_content(workspace: Workspace) -> dict[str, object]:
    """The template variables, by site key; notices of no site have an empty key."""
    edge_url = deps().settings.edge_url
    notices: dict[str, list[RefusalNotice]] = defaultdict(list)
    for notice in refusals_of(deps(), workspace):
        notices[notice.site].append(notice)
    return {
        "lines": {site.key: snippet_lines(edge_url, workspace, site) for site in workspace.sites},
        "waits": {site.key: waits_for_consent(workspace, site) for site in workspace.sites},
        "csp": csp_line(edge_url),
        "notices": notices,
        "findings": {site.key: last_findings(deps(), workspace.id, site) for site in workspace.sites},
        "offers": {site.key: _offers(site, notices[site.key]) for site in workspace.sites},
    }


def _offers(site: Site, notices: list[RefusalNotice]) -> list[str]:
    """Addresses to offer, but for those that a notice offers already."""
    told = {notice.origin for notice in notices}
    return [origin for origin in offers_for(site.origins, site.ignored_origins) if origin not in told]
