"""The context of one edge process: keys, policy, spool, limits and counts. Made at start by `app`, passed to every route."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from tracker.base import metrics
from tracker.base.errors import BadToken, Invalid
from tracker.base.settings import Settings
from tracker.domain.activity.capture import NEVER_SHED, Capture, CaptureKind
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
from tracker.links import urls
from tracker.links.keys import Keys
from tracker.links.tokens import ClickClaims, verify_click
from tracker.spool import destinations, layout, policy, withdrawn
from tracker.spool.group_commit import NotCommitted
from tracker.spool.quota import Quota
from tracker.spool.writer import Writer
from tracker.web.edge.capture import RequestFacts, capture
from tracker.web.edge.limits import Limits
from tracker.web.edge.refusals import RefusalTally
from tracker.web.edge.untracked import UntrackedTally

log = logging.getLogger(__name__)

_LATE_SECONDS = 2.0
_ROTATION_SECONDS = 5.0
"""The least time between two spool files that a change of the withdrawn ids ends."""


class Context:
    """Everything a route needs. Belongs to one event loop; knows no database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.trusted = settings.trusted_proxies
        self.keys = Keys.load(settings.signing_keys_file)
        self.policy = policy.PolicyFile(policy.path_of(settings))
        self._withdrawn = withdrawn.WithdrawnIds(withdrawn.path_of(settings))
        self._destinations = destinations.Destinations(destinations.path_of(settings))
        self._untracked = UntrackedTally()
        self.refusals = RefusalTally()
        self._rotated_for, self._next_rotation = 0, 0.0
        self.limits = Limits()
        self.writer = Writer(settings.spool_dir, settings.spool_sync, layout.wake_path(settings))
        self._quota = Quota(settings.spool_dir, settings.spool_quota_mb, settings.edge_workers)
        self.responses = metrics.Tally(metrics.EDGE_ANSWERS)
        self._accepted = metrics.Tally(metrics.EDGE_ACCEPTED)
        self._committed = metrics.Tally(metrics.EDGE_COMMITTED)
        self._dropped = metrics.Tally(metrics.EDGE_DROPPED)
        self._rejected = metrics.Tally(metrics.EDGE_REJECTED)
        edge_url = settings.edge_url
        path = urlsplit(edge_url).path
        self.base_path = f"{path}/".encode() if path else b""
        """The path of EDGE_URL with a slash at its end, which a proxy may pass on; empty without one."""

        @lru_cache(maxsize=8192)
        def checked_origin(url: str) -> str | None:
            try:
                urls.destination(url, edge_url=edge_url)
            except Invalid:
                return None
            return urls.origin(url)

        self.safe_origin = checked_origin
        """A destination's origin, or None where the check that is made when a link is created refuses it."""

    def commit(self, captures: Sequence[Capture], done: Callable[[bool], object]) -> None:
        """Commits the captures, then calls `done`: with False if the spool did not take them, which is counted. Never raises."""
        for one in captures:
            self._accepted.add(one.kind)
        if self._quota.is_over and any(one.kind not in NEVER_SHED for one in captures):
            self.drop("quota", len(captures))
            asyncio.get_running_loop().call_soon(done, False)
            return

        count = len(captures)
        named = [(one.id, one.kind) for one in captures] if log.isEnabledFor(logging.DEBUG) else ()

        # The closure does not hold the captures: many wait for a disk at once, and memory that is reused soon is fast.
        def appended(error: NotCommitted | None) -> None:
            if error is None:
                self._committed.add(by=count)
                for event, kind in named:
                    log.debug("committed", extra={"event": event, "kind": kind})
            else:
                self._dropped.add(error.reason, by=count)
            done(error is None)

        self.writer.append(captures, appended)

    def drop(self, reason: str, count: int = 1) -> None:
        """Counts captures whose requests are answered but which are not kept."""
        self._dropped.add(reason, by=count)

    def is_withdrawn(self, workspace: str, kind: WithdrawnKind, record: str) -> bool:
        """Whether nothing may be recorded of this message, share link, visitor or click."""
        listed = self._withdrawn.current()
        return bool(listed) and withdrawn_hash(workspace, kind, record) in listed

    def present(self, claims: ClickClaims) -> ClickClaims:
        """The claims of a personal link with its present destination; as they are for any other link, and for a destination that is refused."""
        listed = self._destinations.current()
        if claims.share is None or not listed:
            return claims
        token = listed.token_of(withdrawn_hash(claims.workspace, WithdrawnKind.SHARE, claims.share))
        if token is None:
            return claims
        try:
            found = verify_click(self.keys, token)
        except BadToken:
            return claims
        is_same = (found.workspace, found.share) == (claims.workspace, claims.share)
        return found if is_same and self.safe_origin(found.url) is not None else claims

    def note_untracked(self, workspace: str) -> None:
        """Counts a request that is answered without a record: for the process, and by workspace and day."""
        self.drop("withdrawn")
        self._untracked.add(workspace)

    def evidence(self, facts: RequestFacts, kind: str, error: BadToken) -> tuple[Capture, ...]:
        """The capture of a refused token, where the rate limit allows one: it may show a scanner beside real clicks. Counts the refusal.

        It keeps the message that the token's text names, as a hint, if that workspace is known.
        """
        reason = f"{kind}_{error.reason}"
        self._rejected.add(reason)
        if not self.limits.allow_rejected(facts.address):
            return ()
        if error.workspace is None or error.workspace not in self.policy.current().workspaces:
            return (capture(facts, CaptureKind.REJECTED, "", reason=reason),)
        if error.message is not None and self.is_withdrawn(error.workspace, WithdrawnKind.MESSAGE, error.message):
            self.note_untracked(error.workspace)
            return ()
        return (capture(facts, CaptureKind.REJECTED, error.workspace, message=error.message, reason=reason),)

    def refuse(self, code: str) -> None:
        """Counts a refused body."""
        self._rejected.add(code)

    def tick(self) -> None:
        """Once a second: flushes the counts, and fails captures that have waited too long for the disk."""
        self.writer.tick(_LATE_SECONDS)
        self._commit_counts([*self._untracked.due(), *self.refusals.due()])
        self._rotate_after_withdrawal()
        self._quota.look()
        for tally in (self.responses, self._accepted, self._committed, self._dropped, self._rejected):
            tally.flush()

    def _rotate_after_withdrawal(self) -> None:
        """Ends the spool file when the list has changed: it may hold rows of an erased lead, also after they are drained."""
        self._withdrawn.current()
        if self._withdrawn.version != self._rotated_for and time.monotonic() >= self._next_rotation:
            self._rotated_for, self._next_rotation = self._withdrawn.version, time.monotonic() + _ROTATION_SECONDS
            self.writer.rotate()

    def _commit_counts(self, captures: Sequence[Capture]) -> None:
        if captures:
            self.commit(captures, lambda _: None)

    async def close(self) -> None:
        """Commits what is pending and releases the spool file."""
        self.tick()  # flushes the counts first, since the writer may wait for the disk
        self._commit_counts([*self._untracked.flush(), *self.refusals.flush()])
        await self.writer.close()
        self.tick()
