"""Working hours of a workspace: days of the week and a span of the day, in the time zone of whom they apply to."""

from datetime import time

import msgspec


class WorkingHours(msgspec.Struct, frozen=True, kw_only=True):
    """The same span on each of the days. By default Monday to Friday, 8:00 to 18:00."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Days of the week; 0 is Monday."""
    start: int = 8 * 60
    """Minutes after midnight."""
    end: int = 18 * 60
    """Minutes after midnight, after `start`; 1440 is the end of the day."""

    @property
    def opens_at(self) -> time:
        """The time of day at which they begin."""
        return time(self.start // 60, self.start % 60)

    def __str__(self) -> str:
        """Such as `Mon Tue Wed Thu Fri 8:00-18:00`, for the audit log."""
        names = " ".join(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day] for day in sorted(self.days))
        return f"{names} {self.start // 60}:{self.start % 60:02d}-{self.end // 60}:{self.end % 60:02d}"
