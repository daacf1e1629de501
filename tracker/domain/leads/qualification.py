"""What qualifies a lead: its role in the purchase, its categories, dated facts, and who referred it."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import msgspec

BUYING_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "decision_maker": "Decision maker",
        "influencer": "Influencer",
        "user": "User",
        "gatekeeper": "Gatekeeper",
        "champion": "Champion",
    }
)
"""What each role is called."""
CUSTOMER = "Customer"
"""The category of leads that were won."""
DEFAULT_CATEGORIES = ("Sphere of influence", "Past client", CUSTOMER)
TIMELINES = ("This month", "This quarter", "In 6 months", "Next year", "Not planned")
"""Offered where the timeline is entered; any other text may be given."""


class Referrer(msgspec.Struct, frozen=True, kw_only=True):
    """Who referred a lead: another lead or a company, by id, or any text. Exactly one is given."""

    lead: str | None = None
    company: str | None = None
    text: str | None = None

    @property
    def key(self) -> str:
        """As conditions compare it: `lead:ID`, `company:ID`, or the text."""
        return f"lead:{self.lead}" if self.lead else f"company:{self.company}" if self.company else self.text or ""


MOST_FACTS = 20
"""Dated facts of one lead."""
MOST_REMIND_DAYS = 365


class DatedFact(msgspec.Struct, frozen=True, kw_only=True):
    """What happens on a day: a contract ends, a budget is decided. `remind_days`: the owner is alerted so many days before it."""

    text: str
    day: date
    remind_days: int | None = None

    @property
    def remind_on(self) -> date | None:
        """The day of the alert."""
        return None if self.remind_days is None else self.day - timedelta(days=self.remind_days)


def as_customer(categories: tuple[str, ...]) -> tuple[str, ...]:
    """The categories of a lead that was won."""
    is_known = CUSTOMER.casefold() in (one.casefold() for one in categories)
    return categories if is_known else (*categories, CUSTOMER)
