"""The context of one edge process: keys, policy, spool, limits and counts. Made at start by `app`, handed to every answer."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache

from tracker.base import metrics
from tracker.base.errors import Invalid
from tracker.base.settings import Settings
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.links import urls
from tracker.links.keys import Keys
from tracker.spool import layout, policy
from tracker.spool.group_commit import NotCommitted
from tracker.spool.quota import Quota
from tracker.spool.writer import Writer
from tracker.web.edge.capture import Facts, capture
from tracker.web.edge.limits import Limits

log = logging.getLogger(__name__)

_LATE_SECONDS = 2.0


class Context:
    """Everything an answer needs. Belongs to one event loop; knows no database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.trusted = settings.trusted_proxies
        self.keys = Keys.load(settings.signing_keys_file)
        self.policy = policy.PolicyFile(policy.path_of(settings))
        self.limits = Limits()
        self.writer = Writer(settings.spool_dir, settings.spool_sync, layout.wake_path(settings))
        self._quota = Quota(settings.spool_dir, settings.spool_quota_mb, settings.edge_workers)
        self.answered = metrics.Tally(metrics.EDGE_ANSWERS)
        self._accepted = metrics.Tally(metrics.EDGE_ACCEPTED)
        self._committed = metrics.Tally(metrics.EDGE_COMMITTED)
        self._dropped = metrics.Tally(metrics.EDGE_DROPPED)
        self._rejected = metrics.Tally(metrics.EDGE_REJECTED)
        edge_url = settings.edge_url

        @lru_cache(maxsize=8192)
        def judged(url: str) -> str | None:
            try:
                urls.destination(url, edge_url=edge_url)
            except Invalid:
                return None
            return urls.origin(url)

        self.origin_of_safe = judged
        """A destination's origin if a reader may be sent there, else None: the check of creation, made again."""

    def keep(self, captures: Sequence[Capture], then: Callable[[bool], object]) -> None:
        """Commits the captures, and calls `then`, later: false if the spool could not take them, which is counted. Never raises."""
        for one in captures:
            self._accepted.add(one.kind)
        if self._quota.is_over and any(one.kind is not CaptureKind.UNSUBSCRIBE for one in captures):
            self.drop("quota", len(captures))
            asyncio.get_running_loop().call_soon(then, False)
            return

        count = len(captures)
        named = [(one.id, one.kind) for one in captures] if log.isEnabledFor(logging.DEBUG) else ()

        # The captures themselves are let go of: many wait for a disk, and memory that is used again at once is quick.
        def settled(error: NotCommitted | None) -> None:
            if error is None:
                self._committed.add(by=count)
                for event, kind in named:
                    log.debug("kept", extra={"event": event, "kind": kind})
            else:
                self._dropped.add(error.reason, by=count)
            then(error is None)

        self.writer.append(captures, settled)

    def drop(self, reason: str, count: int = 1) -> None:
        """Counts captures that were answered and not kept."""
        self._dropped.add(reason, by=count)

    def evidence(self, facts: Facts, reason: str, workspace: str | None = None) -> tuple[Capture, ...]:
        """Bounded evidence of a refused token, to be kept: it may tell a scanner at work beside true clicks. Counts the refusal."""
        self._rejected.add(reason)
        if not self.limits.allow_rejected(facts.address):
            return ()
        known = workspace if workspace in self.policy.current().workspaces else ""
        return (capture(facts, CaptureKind.REJECTED, known or "", reason=reason),)

    def refuse(self, code: str) -> None:
        """Counts a refused body."""
        self._rejected.add(code)

    def tick(self) -> None:
        """Once a second: hand the counts over, and let nobody wait for a disk that hangs."""
        self.writer.tick(_LATE_SECONDS)
        self._quota.look()
        for tally in (self.answered, self._accepted, self._committed, self._dropped, self._rejected):
            tally.flush()

    async def close(self) -> None:
        """Commits what waits and gives the spool file up."""
        self.tick()  # what was counted is told in any case; the writer may have to wait for a disk
        await self.writer.close()
        self.tick()
