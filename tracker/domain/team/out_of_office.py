"""Out of office: the days on which a rep gets no new leads."""

from datetime import date

import msgspec


class OutOfOffice(msgspec.Struct, frozen=True):
    """From the first to the last day, both included, in the rep's time zone."""

    first: date
    last: date

    def __str__(self) -> str:
        """`2027-07-05 to 2027-07-16`."""
        return f"{self.first} to {self.last}"
