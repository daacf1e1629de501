"""Audit log schemas of requests and responses."""

from pydantic import Field

from tracker.domain.ops.audit import ActorKind, AuditAction, AuditEntry
from tracker.web.api.schemas.base import Moment, Out, Paged, When


class AuditIn(Paged):
    """Filters of audit log entries."""

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
    """The actor of an entry, with their address."""

    kind: ActorKind
    id: str = Field(description="A rep's or key's id; empty for other kinds")
    name: str = Field(description="Name at that time")
    address: str = Field(description="The client's IP address (for IPv6 its /64); empty for local commands")


class AuditOut(Out):
    """An audit log entry."""

    id: str
    at: Moment
    action: AuditAction
    actor: ActorOut
    subject: str = Field(description="Name of the object")
    details: dict[str, str] = Field(description="Details such as `old` and `new`; never a secret")


def entry_out(entry: AuditEntry) -> AuditOut:
    """The entry as a response."""
    actor = ActorOut.model_construct(**{name: getattr(entry.actor, name) for name in ActorOut.model_fields})
    same = {name: getattr(entry, name) for name in AuditOut.model_fields if name != "actor"}
    return AuditOut.model_construct(**same, actor=actor)
