"""The tally of refused pages: by site, cause and day, without anything about the client. Kept by the context, flushed every few seconds.

Counts are cumulative for the process and the day, and a capture carries the count so far: a lost or repeated capture does no harm.
Senders can invent keys and origins, so both are limited; what exceeds the limit is counted without its origin, or not at all.
"""

import re
import secrets
import time
from collections import Counter
from collections.abc import Callable

from tracker.base.ids import id_of
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.links import urls

MOST_ORIGINS = 20
"""Origins told apart for each site key and day."""
MOST_CAUSES = 200
"""Causes told apart by one process and day."""
_FLUSH_SECONDS = 3.0
_DAY_MS = 86_400_000
_LONGEST_ORIGIN = 200

_is_site_key = re.compile(r"[0-9a-f]{16}").fullmatch
_is_origin = re.compile(r"https?://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?").fullmatch

_Cause = tuple[str, str, str, str]
"""Workspace, site key, reason and origin."""


class RefusalTally:
    """The counts of one edge process since the beginning of the day (UTC)."""

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._process = secrets.token_hex(8)
        self._day = 0
        self._counts: Counter[_Cause] = Counter()
        self._origins: Counter[str] = Counter()
        self._unsent: set[_Cause] = set()
        self._next_flush = time.monotonic()

    def add(self, reason: str, workspace: str, site: str, origin: str, count: int = 1) -> None:
        """Counts refused pages."""
        day = self._now_ms() // _DAY_MS
        if day != self._day:
            self._day, self._process = day, secrets.token_hex(8)
            for known in (self._counts, self._origins, self._unsent):
                known.clear()
        cause = self._cause(reason, workspace, site, origin)
        if cause is not None:
            self._counts[cause] += count
            self._unsent.add(cause)

    def _cause(self, reason: str, workspace: str, site: str, origin: str) -> _Cause | None:
        """The cause under which the pages are counted; None: too many others are counted already."""
        site = site if _is_site_key(site) else ""
        cause = workspace, site, reason, known_origin(origin)
        if cause in self._counts:
            return cause
        if cause[3] and self._origins[site] < MOST_ORIGINS and len(self._counts) < MOST_CAUSES:
            self._origins[site] += 1
            return cause
        rest = workspace, site, reason, ""
        return rest if rest in self._counts or len(self._counts) < MOST_CAUSES else None

    def due(self) -> list[Capture]:
        """The captures to commit, if a few seconds have passed; else none."""
        now = time.monotonic()
        if now < self._next_flush or not self._unsent:
            return []
        self._next_flush = now + _FLUSH_SECONDS
        return self.flush()

    def flush(self) -> list[Capture]:
        """The captures of all changed counts. Their time is the beginning of the day."""
        unsent, self._unsent = self._unsent, set()
        return [self._capture(cause) for cause in sorted(unsent)]

    def _capture(self, cause: _Cause) -> Capture:
        workspace, site, reason, origin = cause
        return Capture(
            id=id_of(self._process, str(self._day), *cause),
            kind=CaptureKind.REFUSED,
            workspace=workspace,
            received=self._day * _DAY_MS,
            at=self._day * _DAY_MS,
            site=site or None,
            reason=reason,
            url=origin or None,
            count=self._counts[cause],
        )


def known_origin(text: str) -> str:
    """The origin as browsers send it, `null` included; empty for any other text, which is never kept."""
    if text == "null":
        return text
    return text if len(text) <= _LONGEST_ORIGIN and _is_origin(text) and urls.origin(text) == text else ""
