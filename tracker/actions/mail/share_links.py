"""Stand-alone tracked links for LinkedIn, SMS or a PDF."""

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.mail.share_link import ShareLink
from tracker.domain.mail.tracking import Tracking
from tracker.links import tokens, urls
from tracker.rules.consent import allowed, sentence_of


def create_share_link(deps: Deps, workspace: str, *, lead: str, url: str, label: str) -> ShareLink:
    """Creates a tracked link for one lead, or keeps the address as it is, with the reason, where the lead may not be tracked.

    Raises NotFound, Invalid (`url`, `label`).
    """
    here = deps.store.of(workspace)
    permission = allowed(here.leads.get(lead), deps.store.workspaces.get(workspace).tracking_policy)
    is_tracked = permission.degree is not Tracking.OFF
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
        tracked_url=urls.click_url(edge, token) if is_tracked else target,
        reason=None if is_tracked else sentence_of(permission),
        created_at=deps.now(),
    )
    return here.shares.add(link)
