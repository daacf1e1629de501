"""What the buttons *Alert me about this page* show: for which pages the rep, or the team, gets alerts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracker.domain.alerting.watched_page import WatchedPage
from tracker.rules.page_paths import page_key
from tracker.web.console.auth import current_user, workspace_store

PageKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WatchState:
    """The state of one page's button. `id` names the watched page of the rep, if alerts are on."""

    key: str
    id: str = ""
    is_for_team: bool = False


@dataclass(frozen=True, slots=True)
class Watching:
    """The pages that alerts are on for, by page: the rep's ids, and the team's."""

    mine: Mapping[PageKey, str]
    team: frozenset[PageKey]

    def of(self, url: str | None) -> WatchState | None:
        """The state of the page with this address; None for what is no web page."""
        key = page_key(url)
        return WatchState("".join(key), self.mine.get(key, ""), key in self.team) if key else None


def watching_of(pages: Iterable[WatchedPage]) -> Watching:
    """From the pages of the rep and of the team."""
    found = list(pages)
    return Watching({page.key: page.id for page in found if page.rep}, frozenset(page.key for page in found if page.rep is None))


def watching() -> Watching:
    """For the signed-in rep."""
    return watching_of(workspace_store().watched_pages.active(current_user().rep.id, None))
