"""Where a visit came from: the campaign, click id and referrer of its first page. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from tracker.domain.activity.visit import Visit

CAMPAIGN = ("source", "medium", "campaign", "term", "content")
"""The parts of a campaign, in URLs with `utm_` before."""
CLICK_IDS = {
    "gclid": "Google Ads",
    "gbraid": "Google Ads",
    "wbraid": "Google Ads",
    "msclkid": "Microsoft Advertising",
    "fbclid": "Meta",
    "li_fat_id": "LinkedIn",
    "ttclid": "TikTok",
    "twclid": "X",
    "dclid": "Google Display & Video",
}
"""Parameters that advertising networks add to a link, with the network."""
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Touch:
    """One visit as the origin of a lead. `page` has neither query nor fragment."""

    at: datetime
    page: str
    campaign: dict[str, str]
    network: str = ""
    """The advertising network whose click id the address has."""
    referrer: str = ""
    """The host that linked to the page; empty for the page's own host and without one."""
    is_email: bool = False
    """Whether a link of a tracked email or a personal link led to it."""

    @property
    def summary(self) -> str:
        """`google / cpc, route planning`, `Google Ads`, `linkedin.com`, `Email or personal link`, `Direct`."""
        origin = " / ".join(self.campaign[name] for name in ("source", "medium") if name in self.campaign)
        rest = [self.campaign[name] for name in ("campaign", "term", "content") if name in self.campaign]
        head = origin or self.network or ("Email or personal link" if self.is_email else self.referrer)
        return ", ".join([head, *rest] if head else rest) or "Direct"


def touch_of(visit: Visit) -> Touch:
    """The touch of a visit."""
    url = visit.pages[0].url if visit.pages else next((act.url for act in visit.acts if act.url), "")
    path, values = _parts(url or "")
    referrer = _host(visit.referrer or "")
    return Touch(
        at=visit.started_at,
        page=f"{_host(url or '')}{path}"[:300],
        campaign={name: values[f"utm_{name}"] for name in CAMPAIGN if f"utm_{name}" in values},
        network=next((network for name, network in CLICK_IDS.items() if name in values), ""),
        referrer="" if referrer == _host(url or "") else referrer,
        is_email=visit.click is not None,
    )


def first_and_last(visits: Iterable[Visit]) -> tuple[Touch, Touch] | None:
    """The touches of the earliest and the latest of these visits of the lead; None without any. A forwarded email's reader is left out."""
    own = sorted((visit for visit in visits if not visit.reader), key=lambda visit: (visit.started_at, visit.id))
    return (touch_of(own[0]), touch_of(own[-1])) if own else None


def _parts(url: str) -> tuple[str, dict[str, str]]:
    """Path and query of an address; empty for one that cannot be read."""
    try:
        parts = urlsplit(url)
        found = parse_qsl(parts.query, max_num_fields=200)
    except ValueError:
        return "", {}
    return parts.path or "/", {name.lower(): value.strip()[:_LONGEST] for name, value in found if value.strip()}


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")[:_LONGEST]
    except ValueError:
        return ""
