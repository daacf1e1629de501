"""Where a visit came from: the campaign, click id and referrer of its first page. Pure."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from tracker.domain.activity.visit import Visit
from tracker.domain.leads.visit_touch import VisitTouch
from tracker.rules.conditions.entries import text_entry
from tracker.rules.page_paths import page_of

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


def touch_of(visit: Visit) -> VisitTouch:
    """The touch of a visit."""
    url = visit.pages[0].url if visit.pages else next((act.url for act in visit.acts if act.url), "")
    return touch_at(visit.started_at, url or "", visit.referrer or "", is_email=visit.click is not None)


def touch_at(at: datetime, url: str, referrer: str, *, is_email: bool) -> VisitTouch:
    """The touch of a visit that began at this address."""
    values = _values(url)
    referrer = _host(referrer)
    return VisitTouch(
        at=at,
        page=page_of(url),
        campaign={name: values[f"utm_{name}"] for name in CAMPAIGN if f"utm_{name}" in values},
        network=next((network for name, network in CLICK_IDS.items() if name in values), ""),
        referrer="" if referrer == _host(url) else referrer,
        is_email=is_email,
    )


def source_of(touch: VisitTouch) -> tuple[str, str | None]:
    """Source and detail of a lead who came by this visit: `Google Ads` and `route planning`, `linkedin.com`, else `Website`."""
    name = touch.network or touch.campaign.get("source") or ("Email or personal link" if touch.is_email else touch.referrer)
    parts = [touch.campaign[key] for key in ("campaign", "term", "content") if key in touch.campaign]
    return (name or "Website")[:80], ", ".join(parts)[:300] or None


def touch_entries(first: VisitTouch | None, last: VisitTouch | None) -> tuple[str, ...]:
    """What conditions on `first_touch` and `last_touch` compare (rules.conditions.entries): the summary, and each part by itself."""
    found: dict[str, None] = {}
    for field, touch in (("first_touch", first), ("last_touch", last)):
        if touch is not None:
            parts = (touch.summary, *touch.campaign.values(), touch.network, touch.referrer)
            found |= dict.fromkeys(text_entry(field, part) for part in parts if part)
    return tuple(found)


def _values(url: str) -> dict[str, str]:
    """The query of an address; empty for one that cannot be read."""
    try:
        found = parse_qsl(urlsplit(url).query, max_num_fields=200)
    except ValueError:
        return {}
    return {name.lower(): value.strip()[:_LONGEST] for name, value in found if value.strip()}


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")[:_LONGEST]
    except ValueError:
        return ""
