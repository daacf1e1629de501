"""Hosts: what each process of each host says of itself, so that one host can be told from another and a lost one is noticed."""

from datetime import datetime

import msgspec

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
    spool: SpoolState | None = None

    @property
    def id(self) -> str:
        """No host name contains a space."""
        return f"{self.host} {self.process}"
