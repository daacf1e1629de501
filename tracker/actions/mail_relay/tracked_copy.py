"""The copy of a submitted mail for a lead: the same bytes but for its HTML, tracked as far as consent and the mail allow."""

import logging
from dataclasses import dataclass
from html import escape
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.mail.compose import choice_url, own_links_of, track_links, with_choice, with_pixel
from tracker.actions.mail.mail_consent import MailConsent, mail_consent
from tracker.actions.mail.sending import is_reachable
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Link
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.workspace import Workspace
from tracker.mail.splice.encodings import Inexact
from tracker.mail.splice.mail import UNCHANGED, Mail

log = logging.getLogger(__name__)

_LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedCopy:
    """The bytes for the lead, and what they track."""

    raw: bytes
    consent: MailConsent
    html: str
    tracking: Tracking = Tracking.OFF
    reason: str | None = None
    """Why less is tracked than was wanted, in words."""
    pixel_url: str | None = None
    links: tuple[Link, ...] = ()

    def fields(self) -> dict[str, Any]:
        """The fields of the message that say what was sent."""
        return self.consent.fields() | {
            "html": self.html,
            "tracking": self.tracking,
            "track": self.tracking is not Tracking.OFF,
            "tracking_reason": self.reason,
            "pixel_url": self.pixel_url,
            "links": self.links,
        }


def tracked_copy(deps: Deps, workspace: Workspace, lead: Lead, message: str, mail: Mail, *, wanted: Tracking) -> TrackedCopy:
    """The copy. Never raises because of the mail: what cannot be tracked is passed on unchanged, with the reason."""
    consent = mail_consent(workspace, lead, wanted, ask=False, now=deps.now())
    if consent.tracking is Tracking.OFF:
        return TrackedCopy(raw=mail.raw, consent=consent, html=source_of(mail), reason=consent.reason)
    if obstacle := _obstacle(deps, workspace, mail):
        return _unchanged(mail, consent, obstacle)
    try:
        return _tracked(deps, workspace.id, message, mail, consent)
    except Inexact:
        return _unchanged(mail, consent, UNCHANGED["inexact"])
    except Exception:  # a mail is never refused nor delayed because of tracking
        log.exception("a mail could not be tracked", extra={"mail": message})
        return _unchanged(mail, consent, UNCHANGED["inexact"])


def source_of(mail: Mail) -> str:
    """The HTML of the mail as written, or its text as HTML."""
    if mail.htmls:
        return "\n".join(mail.htmls)
    return f'<pre style="white-space:pre-wrap">{escape(text_of(mail))}</pre>'


def text_of(mail: Mail) -> str:
    """The plain text of the mail; empty where it has none."""
    return "\n\n".join(mail.texts).replace("\r\n", "\n")[:_LONGEST_TEXT]


def _obstacle(deps: Deps, workspace: Workspace, mail: Mail) -> str | None:
    """Why nothing may be changed, as the end of a sentence."""
    if not workspace.is_demo and not is_reachable(deps.settings.edge_url):
        return f"leads cannot reach the tracking address {deps.settings.edge_url}; set EDGE_URL to its public https address"
    return UNCHANGED[mail.unchanged] if mail.unchanged else None


def _unchanged(mail: Mail, consent: MailConsent, obstacle: str) -> TrackedCopy:
    return TrackedCopy(raw=mail.raw, consent=consent, html=source_of(mail), reason=f"No tracking: {obstacle}")


def _tracked(deps: Deps, workspace: str, message: str, mail: Mail, consent: MailConsent) -> TrackedCopy:
    choice = choice_url(deps, workspace, message)
    own_links = own_links_of(deps, frozenset((choice,)))
    htmls: list[str] = []
    links: list[Link] = []
    for html in mail.htmls:
        made, found = track_links(deps, workspace, message, html, own_links, sent_by_us=True, first=len(links))
        htmls.append(made)
        links += found
    if consent.shows_choice:
        htmls[-1], _ = with_choice(htmls[-1], "", choice, consent)
    pixel, tracking = None, consent.tracking
    if tracking is Tracking.FULL:
        htmls[-1], pixel = with_pixel(deps, workspace, message, htmls[-1])
        tracking = Tracking.FULL if pixel else Tracking.LINKS
    return TrackedCopy(
        raw=mail.with_htmls(htmls),
        consent=consent,
        html="\n".join(htmls),
        tracking=tracking,
        reason=consent.reason,
        pixel_url=pixel,
        links=tuple(links),
    )
