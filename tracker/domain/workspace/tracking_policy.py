"""The tracking policy: what a workspace tracks of leads who have not said anything, by country. Decided by an admin."""

from datetime import datetime

import msgspec

from tracker.domain.mail.tracking import Tracking


class TrackingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How much is tracked while a lead's consent is unknown."""

    own_country: str
    """The company's own country (ISO 3166), which stands for an unknown one."""
    countries: dict[str, Tracking] = {}
    """By ISO 3166 code."""
    elsewhere: Tracking = Tracking.FULL
    """In all other countries."""
    wording: str = ""
    """The company's own text on the page where leads choose; empty: the standard text in the language of the browser."""
    decided_by: str
    """The name of the admin or key."""
    decided_at: datetime

    def degree_in(self, country: str) -> Tracking:
        """The degree in this country; an empty code counts as the company's own."""
        return self.countries.get(country or self.own_country, self.elsewhere)
