"""The watched page: a page of a site whose views by leads cause an alert, for one rep or for the whole team."""

from datetime import datetime
from urllib.parse import quote

import msgspec

_PLAIN = "/-._~!$&'()*+,;=:@"
"""What needs no escape in a path (RFC 3986, 3.3)."""


class WatchPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which alerts are wanted; `until` is empty while they are."""

    since: datetime
    until: datetime | None = None


class WatchedPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page and the times in which alerts about it are wanted.

    Earlier times stay, so that alerts of then still follow from what is stored.
    """

    id: str
    """`id_of(workspace, rep or "team", origin, path)`."""
    workspace: str
    rep: str | None
    """Alerts about this rep's leads; empty: about every lead of the workspace."""
    origin: str
    path: str
    """As `rules.page_paths.page_key` gives them."""
    name: str
    """What people call the page."""
    is_active: bool = True
    """Whether the last period is open."""
    periods: tuple[WatchPeriod, ...]
    """Oldest first."""
    changed_at: datetime
    version: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """The page."""
        return self.origin, self.path

    @property
    def url(self) -> str:
        """The page's address in its normalised form."""
        return self.origin + quote(self.path, safe=_PLAIN)

    def covers(self, moment: datetime) -> bool:
        """Whether alerts were wanted at that moment."""
        return any(period.since <= moment and (period.until is None or moment < period.until) for period in self.periods)
