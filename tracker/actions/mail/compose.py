"""Composition of a message: merge fields, tracked links, pixel and plain text. Used by actions.mail.messages and for previews."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.mail.mail_consent import MailConsent
from tracker.base.errors import BadToken, Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Link
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.rep import Rep
from tracker.links import footer, rewrite, tokens, urls
from tracker.links.pixel import insert_pixel
from tracker.links.text_links import without_own_links
from tracker.mail import merge, plain


@dataclass(frozen=True, slots=True)
class OwnUrls:
    """The message's own addresses for the lead's decisions, which are never tracked."""

    unsubscribe: str
    choice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The parts of a composed message."""

    subject: str
    source_html: str
    source_text: str | None
    """The author's text part, with its merge fields; None: it was generated."""
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
    consent: MailConsent | None = None,
) -> Composed:
    """Fills merge fields, tracks links, adds the tracking choice and the pixel, and creates the plain text if there is none.

    Nothing is refused because of tracking. With `sent_by_us`, no other program fills merge tags in addresses. `consent` says which choice
    the message offers. Raises Invalid naming html, text or subject for a merge field that cannot be filled.
    """
    own = OwnUrls(unsubscribe_url(deps, lead.workspace, message), choice_url(deps, lead.workspace, message))
    values = _values(lead, rep, own)
    filled = merge.fill_html("html", html, values)
    own_links = own_links_of(deps, frozenset((own.unsubscribe, own.choice)))
    words = without_own_links(plain.text_of(filled) if text is None else merge.fill_text("text", text, values), own_links)
    if tracking is Tracking.OFF:
        final, links = _untracked(filled, own_links, consent.link_reason if consent else "declined")
    else:
        final, links = track_links(deps, lead.workspace, message, filled, own_links, sent_by_us=sent_by_us)
    if consent is not None and consent.shows_choice:
        final, words = with_choice(final, words, own.choice, consent)
    final, pixel = with_pixel(deps, lead.workspace, message, final) if tracking is Tracking.FULL else (final, None)
    return Composed(
        subject=merge.fill_text("subject", subject, {name: " ".join(value.split()) for name, value in values.items()}),
        source_html=html,
        source_text=text,
        html=final,
        text=words,
        tracking=Tracking.LINKS if tracking is Tracking.FULL and pixel is None else tracking,
        pixel_url=pixel,
        links=links,
    )


def with_choice(html: str, words: str, url: str, consent: MailConsent) -> tuple[str, str]:
    """HTML and text with the tracking choice at their ends, or with the question. A link that the author placed is enough."""
    texts = consent.words
    if consent.asks:
        element = footer.choice_question(url, texts.question, texts.answer, texts.language)
        return footer.append(html, element), f"{words}\n\n{texts.question} {texts.answer}: {url}"
    if url not in html:
        html = footer.append(html, footer.choice_link(url, texts.link, texts.language))
    return html, words if url in words else f"{words}\n\n{texts.link}: {url}"


def with_pixel(deps: Deps, workspace: str, message: str, html: str) -> tuple[str, str | None]:
    """The HTML with the pixel, and its URL; unchanged and None where no place is certain."""
    url = urls.pixel_url(deps.settings.edge_url, tokens.mint_open(deps.keys, tokens.OpenClaims(workspace, message)))
    placed = insert_pixel(html, url)
    return (html, None) if placed is None else (placed, url)


def unsubscribe_url(deps: Deps, workspace: str, message: str) -> str:
    """The unsubscribe URL of the message."""
    token = tokens.mint_unsubscribe(deps.keys, tokens.UnsubscribeClaims(workspace, message))
    return urls.unsubscribe_url(deps.settings.edge_url, token)


def choice_url(deps: Deps, workspace: str, message: str) -> str:
    """The tracking-choice URL of the message."""
    return urls.choice_url(deps.settings.edge_url, tokens.mint_choice(deps.keys, tokens.ChoiceClaims(workspace, message)))


def missing_field(lead: Lead, rep: Rep | None, *, subject: str, html: str) -> str:
    """Which merge field cannot be filled for this lead, in words; empty: none."""
    values = _values(lead, rep, OwnUrls("https://x.example", "https://x.example"))
    try:
        merge.fill_html("html", html, values)
        merge.fill_text("subject", subject, values)
    except Invalid as error:
        return f"The email {error}"
    return ""


def _values(lead: Lead, rep: Rep | None, own: OwnUrls) -> dict[str, str]:
    own_fields = {merge.custom_key(name): value.strip() for name, value in lead.field_texts.items()}
    return own_fields | {
        "first_name": lead.first_name if lead.name != lead.email else "",
        "name": lead.name,
        "company": lead.company or "",
        "job_title": lead.job_title or "",
        "rep_name": rep.name if rep else "",
        "unsubscribe_url": own.unsubscribe,
        "tracking_choice_url": own.choice,
    }


def track_links(
    deps: Deps, workspace: str, message: str, html: str, own_links: rewrite.OwnLinks, *, sent_by_us: bool, first: int = 0
) -> tuple[str, tuple[Link, ...]]:
    """The HTML with tracked links, and all its links; `first` is the index of the first one in the message."""
    edge = deps.settings.edge_url

    def make_link(index: int, url: str) -> str | None:
        if urls.own(url, edge) is not None:
            return None
        return urls.click_url(edge, tokens.mint_click(deps.keys, tokens.ClickClaims(workspace, message, None, first + index, url)))

    final, found = rewrite.rewrite(html, make_link, own_links, merge_tags=not sent_by_us)
    return final, tuple(
        Link(index=first + link.index, url=link.url, tracked_url=link.tracked_url, label=link.label or None, reason=link.reason)
        for link in found
    )


def own_links_of(deps: Deps, keep: frozenset[str]) -> rewrite.OwnLinks:
    """How tracked links in quoted text are recognized; `keep` holds URLs of the message itself."""
    return rewrite.OwnLinks(deps.settings.edge_url, _unwrapper(deps), keep)


def _unwrapper(deps: Deps) -> Callable[[str], str | None]:
    def unwrap(token: str) -> str | None:
        try:
            return tokens.verify_click(deps.keys, token).url
        except BadToken:
            return None

    return unwrap


def _untracked(html: str, own_links: rewrite.OwnLinks, reason: str) -> tuple[str, tuple[Link, ...]]:
    """Clean links, also in the history that a reply quotes."""
    final, found = rewrite.rewrite(html, lambda _index, _url: None, own_links)
    return final, tuple(Link(index=link.index, url=link.url, label=link.label or None, reason=reason) for link in found)
