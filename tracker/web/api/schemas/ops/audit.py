"""Entries of the audit log in answers, and what may be asked of it."""

from pydantic import Field

from tracker.domain.ops.audit import ActorKind, AuditAction, AuditEntry
from tracker.web.api.schemas.base import Moment, Out, Paged, When


class AuditIn(Paged):
    """Which entries are wanted."""

    action: AuditAction | None = None
    actor: str | None = Field(
        None,
        max_length=32,
        pattern="^([0-9a-f]{32}|operator|system|anonymous)$",
        description="A rep's or key's id, operator, system or anonymous",
    )
    since: When | None = None
    until: When | None = Field(None, description="Exclusive; ISO 8601 with an offset")


class ActorOut(Out):
    """Who did it, and from where."""

    kind: ActorKind
    id: str = Field(description="A rep's or key's id; empty for the others")
    name: str = Field(description="As it was at that moment")
    address: str = Field(description="The client's IP address, of IPv6 its /64; empty on the machine itself")


class AuditOut(Out):
    """One entry."""

    id: str
    at: Moment
    action: AuditAction
    actor: ActorOut
    subject: str = Field(description="What it was done to, by name")
    details: dict[str, str] = Field(description="More about it, such as `old` and `new`; never a secret")


def entry_out(entry: AuditEntry) -> AuditOut:
    """The entry as the API shows it."""
    actor = ActorOut.model_construct(**{name: getattr(entry.actor, name) for name in ActorOut.model_fields})
    same = {name: getattr(entry, name) for name in AuditOut.model_fields if name != "actor"}
    return AuditOut.model_construct(**same, actor=actor)
