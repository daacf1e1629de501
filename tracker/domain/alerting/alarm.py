"""Alarms: what an admin must know of Leadlight itself. Begun by actions and the schedule, rung once, over when the cause is gone."""

from enum import StrEnum

import msgspec


class AlarmKind(StrEnum):
    """What is wrong."""

    DRAIN = "drain"
    DISK = "disk"
    DROPS = "drops"
    PARKED = "parked"
    QUIET = "quiet"
    SMTP = "smtp"


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong since some moment: of one workspace, or of the whole instance where `workspace` is empty."""

    kind: AlarmKind
    workspace: str = ""
    title: str
    text: str

    @property
    def id(self) -> str:
        """There is one of a kind at a time."""
        return f"{self.workspace}:{self.kind.value}"
