"""Personal links: tracked links of one lead outside mail, for LinkedIn, SMS, a PDF or a QR code. Their destination can be changed."""

from typing import Any

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict
from tracker.base.ids import new_id
from tracker.domain.mail.share_link import ShareLink
from tracker.domain.mail.tracking import Tracking
from tracker.links import tokens, urls
from tracker.rules.consent import allowed, sentence_of

TRIAL_LABEL = "Personal link"


def trial_link(deps: Deps, workspace: str, lead: str, url: str) -> ShareLink:
    """The lead's personal link of set-up to this URL; made if there is none. Raises NotFound, Invalid."""
    known = trial_of(deps, workspace, lead)
    return known if known and known.url == url else create_share_link(deps, workspace, lead=lead, url=url, label=TRIAL_LABEL, is_trial=True)


def trial_of(deps: Deps, workspace: str, lead: str) -> ShareLink | None:
    """The newest personal link of set-up of the lead."""
    return next((link for link in deps.store.of(workspace).shares.of_lead(lead) if link.is_trial), None)


def create_share_link(deps: Deps, workspace: str, *, lead: str, url: str, label: str, is_trial: bool = False) -> ShareLink:
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
        is_trial=is_trial,
    )
    return here.shares.add(link)


def change_share_link(deps: Deps, workspace: str, link: str, *, url: str | None = None, label: str | None = None) -> ShareLink:
    """Changes label and destination; the address stays. The edge follows within about a second.

    Raises NotFound, Invalid (`url`, `label`), and Conflict for another destination of a link that is not tracked.
    """
    here = deps.store.of(workspace)
    found = here.shares.get(link)
    values: dict[str, Any] = {}
    if label is not None:
        values["label"] = checks.line("label", label, longest=120)
    if url is not None:
        target = urls.destination(url, edge_url=deps.settings.edge_url)
        if target != found.url:
            if found.reason is not None:
                raise Conflict("this link is not tracked, so that its address is the destination; create another one")
            token = tokens.mint_click(deps.keys, tokens.ClickClaims(workspace, None, link, 0, target))
            deps.store.link_destinations.put(workspace, link, token)
            values |= {"url": target, "changed_at": deps.now()}
    return here.shares.change(link, **values) if values else found
