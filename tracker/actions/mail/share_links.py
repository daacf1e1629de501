"""Stand-alone tracked links for LinkedIn, SMS or a PDF."""

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.mail.share_link import ShareLink
from tracker.links import tokens, urls


def create_share_link(deps: Deps, workspace: str, *, lead: str, url: str, label: str) -> ShareLink:
    """Creates a tracked link for one lead. Raises NotFound, Invalid (`url`, `label`)."""
    here = deps.store.of(workspace)
    here.leads.get(lead)
    edge = deps.settings.edge_url
    target = urls.destination(url, edge_url=edge)
    share = new_id()
    token = tokens.mint_click(deps.keys, tokens.ClickClaims(workspace, None, share, 0, target))
    link = ShareLink(
        id=share,
        workspace=workspace,
        lead=lead,
        url=target,
        label=checks.line("label", label, longest=120),
        tracked_url=urls.click_url(edge, token),
        created_at=deps.now(),
    )
    return here.shares.add(link)
