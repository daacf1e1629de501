"""The touch of a visit: where a visit of a lead came from. Derived from the visit (rules.sources.touches)."""

from datetime import datetime

import msgspec


class VisitTouch(msgspec.Struct, frozen=True, kw_only=True):
    """One visit as the origin of a lead. `page` has neither query nor fragment."""

    at: datetime
    page: str
    campaign: dict[str, str] = {}
    """The campaign parameters of the address, by name without `utm_`: source, medium, campaign, term, content."""
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
