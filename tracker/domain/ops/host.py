"""Hosts: what each process of each host says of itself, so that one host can be told from another and a lost one is noticed."""

from datetime import datetime, timedelta

import msgspec

GONE = timedelta(seconds=35)
"""A process that said nothing for this long is stopped, or cut off."""
DRAIN = "drain"
"""The process whose host may hold events that are nowhere else."""


class SpoolState(msgspec.Struct, frozen=True, kw_only=True):
    """What the drain of a host knows about its spool and the edge beside it."""

    lag_events: int = 0
    lag_seconds: float = 0.0
    edges: int = 0
    """Processes of the edge that write to the spool."""
    disk_used: float | None = None
    """The used share of the spool's disk."""
    dropped: dict[str, float] = {}
    """Events that the edge could not keep since the start of Leadlight there, by reason."""


class HostReport(msgspec.Struct, frozen=True, kw_only=True):
    """The last report of one process; several of the same kind on one host share it."""

    host: str
    process: str
    at: datetime
    pid: int = 0
    known_keys: str = ""
    """Which signing keys the process knows, as `links.key_file.fingerprint`."""
    spool: SpoolState | None = None

    def is_silent(self, now: datetime) -> bool:
        """Whether the process has missed its last reports."""
        return now - self.at > GONE

    @property
    def id(self) -> str:
        """No host name contains a space."""
        return f"{self.host} {self.process}"
