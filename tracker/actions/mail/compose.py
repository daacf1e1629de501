"""Composition of a message: merge fields, tracked links, pixel and plain text. Used by actions.mail.messages and for previews."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracker.actions.deps import Deps
from tracker.base.errors import BadToken
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Link
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.rep import Rep
from tracker.links import rewrite, tokens, urls
from tracker.links.pixel import insert_pixel
from tracker.mail import merge, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The parts of a composed message."""

    subject: str
    source_html: str
    html: str
    text: str
    tracking: Tracking
    """As asked for; `LINKS` instead of `FULL` where the HTML has no certain place for the pixel."""
    pixel_url: str | None
    links: tuple[Link, ...]

    def fields(self) -> dict[str, Any]:
        """The fields of a message that holds it."""
        same = {name: getattr(self, name) for name in self.__slots__}
        return same | {"track": self.tracking is not Tracking.OFF}


def compose(
    deps: Deps,
    lead: Lead,
    rep: Rep | None,
    *,
    message: str,
    subject: str,
    html: str,
    text: str | None,
    tracking: Tracking,
    sent_by_us: bool = False,
) -> Composed:
    """Fills merge fields, tracks links, adds the pixel, and creates the plain text if there is none.

    Everything else of the HTML stays as it is, and nothing is refused because of tracking. With `sent_by_us`, no other program fills
    merge tags in addresses. Raises Invalid naming html, text or subject for a merge field that cannot be filled.
    """
    unsubscribe = unsubscribe_url(deps, lead.workspace, message)
    values = _values(lead, rep, unsubscribe)
    filled = merge.fill_html("html", html, values)
    words = merge.fill_text("text", text, values) if text is not None else plain.text_of(filled)
    own_links = rewrite.OwnLinks(deps.settings.edge_url, _unwrapper(deps), frozenset((unsubscribe,)))
    pixel, degree = None, tracking
    if tracking is Tracking.OFF:
        final, links = _untracked(filled, own_links)
    else:
        final, links = _tracked(deps, lead.workspace, message, filled, own_links, sent_by_us=sent_by_us)
    if tracking is Tracking.FULL:
        url = urls.pixel_url(deps.settings.edge_url, tokens.mint_open(deps.keys, tokens.OpenClaims(lead.workspace, message)))
        placed = insert_pixel(final, url)
        final, pixel, degree = (placed, url, tracking) if placed is not None else (final, None, Tracking.LINKS)
    return Composed(
        subject=merge.fill_text("subject", subject, values),
        source_html=html,
        html=final,
        text=words,
        tracking=degree,
        pixel_url=pixel,
        links=links,
    )


def unsubscribe_url(deps: Deps, workspace: str, message: str) -> str:
    """The unsubscribe URL of the message."""
    token = tokens.mint_unsubscribe(deps.keys, tokens.UnsubscribeClaims(workspace, message))
    return urls.unsubscribe_url(deps.settings.edge_url, token)


def _values(lead: Lead, rep: Rep | None, unsubscribe: str) -> dict[str, str]:
    return {
        "first_name": lead.first_name if lead.name != lead.email else "",
        "name": lead.name,
        "company": lead.company or "",
        "job_title": lead.job_title or "",
        "rep_name": rep.name if rep else "",
        "unsubscribe_url": unsubscribe,
    }


def _tracked(
    deps: Deps, workspace: str, message: str, html: str, own_links: rewrite.OwnLinks, *, sent_by_us: bool
) -> tuple[str, tuple[Link, ...]]:
    edge = deps.settings.edge_url

    def make_link(index: int, url: str) -> str | None:
        if urls.own(url, edge) is not None:
            return None
        return urls.click_url(edge, tokens.mint_click(deps.keys, tokens.ClickClaims(workspace, message, None, index, url)))

    final, found = rewrite.rewrite(html, make_link, own_links, merge_tags=not sent_by_us)
    return final, tuple(
        Link(index=link.index, url=link.url, tracked_url=link.tracked_url, label=link.label or None, reason=link.reason) for link in found
    )


def _unwrapper(deps: Deps) -> Callable[[str], str | None]:
    def unwrap(token: str) -> str | None:
        try:
            return tokens.verify_click(deps.keys, token).url
        except BadToken:
            return None

    return unwrap


def _untracked(html: str, own_links: rewrite.OwnLinks) -> tuple[str, tuple[Link, ...]]:
    """Clean links, also in the history that a reply quotes."""
    final, found = rewrite.rewrite(html, lambda _index, _url: None, own_links)
    return final, tuple(Link(index=link.index, url=link.url, label=link.label or None, reason="declined") for link in found)
