"""Alarms: problems of Leadlight itself, for admins. Started by actions and the schedule, sent once, ended with the cause."""

from enum import StrEnum

import msgspec


class AlarmKind(StrEnum):
    """The kind of problem."""

    AUTOMATION = "automation"
    """An automation failed too often and was switched off."""
    BACKUP = "backup"
    CERTIFICATE = "certificate"
    DRAIN = "drain"
    DISK = "disk"
    DROPS = "drops"
    PARKED = "parked"
    MAIL = "mail"
    QUIET = "quiet"
    SMTP = "smtp"
    REFUSED = "refused"
    HOOK = "hook"


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One current problem of a workspace, or of the whole instance if `workspace` is empty."""

    kind: AlarmKind
    workspace: str = ""
    subject: str = ""
    """The host or the automation with the problem, where several have problems of their own."""
    title: str
    text: str

    @property
    def id(self) -> str:
        """One alarm of each kind and subject at a time."""
        return ":".join([self.workspace, self.kind.value, *([self.subject] if self.subject else [])])
