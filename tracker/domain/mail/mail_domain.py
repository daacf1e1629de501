"""The mail domain: what DNS says of the service that receives a domain's mail. Shared by all workspaces."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

KEPT = timedelta(days=7)
"""An answer is not asked for again for so long."""
REACH = timedelta(minutes=10)
"""Messages sent so long before a later answer use it too."""
FIRST_REACH = timedelta(days=7)
"""A domain's first answer counts for all earlier messages; verdicts of those sent within this time are decided again at once."""
_FIRST_RETRY, _NEXT_RETRY = timedelta(hours=1), timedelta(days=1)
_MOST_FAILURES = 7
_MOST_SERVICES = 20


class MailService(msgspec.Struct, frozen=True, kw_only=True):
    """The service behind a domain's mail exchangers, from a moment on."""

    since: datetime
    vendor: str = ""
    scans: bool | None = None
    """Whether it is known to open links; None: unknown service."""
    is_first: bool = False
    """Whether it is the domain's first answer, which counts for earlier messages too."""


class MailDomain(msgspec.Struct, frozen=True, kw_only=True):
    """One domain; `id` is its name in lower case (IDNA)."""

    id: str
    hosts: tuple[str, ...] = ()
    services: tuple[MailService, ...] = ()
    """Oldest first. A message keeps the service of its time, so that its verdicts stay as they are."""
    checked_at: datetime | None = None
    """The last look-up."""
    failures: int = 0
    next_at: datetime | None = None
    """When it is due for a look-up; None: when the next message to it is created, a week after the last at the earliest."""

    @property
    def service(self) -> MailService | None:
        """The present service."""
        return self.services[-1] if self.services else None

    def service_at(self, sent_at: datetime) -> MailService | None:
        """The service at the time of a message; None where it was unknown then. Before the first answer, that counts."""
        return next((service for service in reversed(self.services) if service.is_first or service.since <= sent_at + REACH), None)

    @property
    def is_new(self) -> bool:
        """Whether there was no answer yet."""
        return not self.services and not self.hosts and (self.checked_at is None or self.failures > 0)

    def answered(self, hosts: Sequence[str], vendor: str, scans: bool | None, now: datetime) -> "MailDomain":  # noqa: FBT001 - a field
        """After an answer."""
        services, known = self.services, self.service
        if (vendor, scans) != ((known.vendor, known.scans) if known else ("", None)):
            services = (*services, MailService(since=now, vendor=vendor, scans=scans, is_first=self.is_new))[-_MOST_SERVICES:]
        return msgspec.structs.replace(self, hosts=tuple(hosts), services=services, checked_at=now, failures=0, next_at=None)

    def failed(self, now: datetime) -> "MailDomain":
        """After a look-up without an answer: tried again after an hour, then daily, for a week. What was known stays."""
        failures = self.failures + 1
        retry = _FIRST_RETRY if failures == 1 else _NEXT_RETRY
        return msgspec.structs.replace(self, checked_at=now, failures=failures, next_at=now + retry if failures < _MOST_FAILURES else None)

    def changed_scans(self, before: "MailDomain") -> bool:
        """Whether it says something else of scans than at the last complete look-up."""
        fresh = [service for service in self.services if before.checked_at is None or service.since > before.checked_at]
        former = self.services[-len(fresh) - 1].scans if len(self.services) > len(fresh) else None
        return bool(fresh) and fresh[-1].scans is not former
