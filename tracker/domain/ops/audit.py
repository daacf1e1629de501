"""The audit log: who did what, when and from where, for the admins of a workspace."""

from datetime import datetime
from enum import StrEnum

import msgspec


class AuditAction(StrEnum):
    """The action of an entry. Values are stored and part of the API, so their meaning never changes."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    LINK_CREATED = "sign_in_link_created"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an action's name
    ADDRESS_CHANGED = "address_changed"
    ADDRESS_CONFIRMED = "address_confirmed"
    WORKSPACES_LINKED = "workspaces_linked"
    WORKSPACE_ENTERED = "workspace_entered"
    DEMO_ENTERED = "demo_entered"
    REP_ADDED = "rep_added"
    ROLE_CHANGED = "role_changed"
    REP_CHANGED = "rep_changed"
    REP_DEACTIVATED = "rep_deactivated"
    REP_REACTIVATED = "rep_reactivated"
    KEY_CREATED = "key_created"
    KEY_REMOVED = "key_removed"
    CHANNEL_CHANGED = "channel_changed"
    CHANNEL_REMOVED = "channel_removed"
    HOOK_CHANGED = "hook_changed"
    HOOK_REMOVED = "hook_removed"
    HOOK_REPLAYED = "hook_replayed"
    PAGE_WATCHED = "page_watched"
    PAGE_UNWATCHED = "page_unwatched"
    TEMPLATE_CHANGED = "template_changed"
    SEQUENCE_CHANGED = "sequence_changed"
    CAMPAIGN_CHANGED = "campaign_changed"
    TEAM_CHANGED = "team_changed"
    SETTINGS_CHANGED = "settings_changed"
    WORKSPACE_ADDED = "workspace_added"
    SIGNING_KEYS_ROTATED = "signing_keys_rotated"
    SECRET_KEYS_ROTATED = "secret_keys_rotated"  # noqa: S105 - an action's name
    DATABASE_UPGRADED = "database_upgraded"
    CAUSE_CORRECTED = "cause_corrected"
    CONSENT_CHANGED = "consent_changed"
    LEADS_CHANGED = "leads_changed"
    LEADS_MERGED = "leads_merged"
    LEADS_PARTED = "leads_parted"
    IMPORTED = "imported"
    EXPORTED = "exported"
    RESTORED = "restored"
    DELETED = "deleted"
    ASSISTANT_ASKED = "assistant_asked"
    DELIVERY_REPLAYED = "delivery_replayed"


GROUPS: dict[str, tuple[AuditAction, ...]] = {
    "sign_ins": (
        AuditAction.SIGNED_IN,
        AuditAction.SIGN_IN_FAILED,
        AuditAction.SIGNED_OUT,
        AuditAction.LINK_CREATED,
        AuditAction.WORKSPACES_LINKED,
        AuditAction.WORKSPACE_ENTERED,
        AuditAction.DEMO_ENTERED,
    ),
    "people": (
        AuditAction.REP_ADDED,
        AuditAction.REP_CHANGED,
        AuditAction.ROLE_CHANGED,
        AuditAction.REP_DEACTIVATED,
        AuditAction.REP_REACTIVATED,
        AuditAction.TEAM_CHANGED,
        AuditAction.PASSWORD_CHANGED,
        AuditAction.ADDRESS_CHANGED,
        AuditAction.ADDRESS_CONFIRMED,
    ),
    "keys": (AuditAction.KEY_CREATED, AuditAction.KEY_REMOVED, AuditAction.SIGNING_KEYS_ROTATED, AuditAction.SECRET_KEYS_ROTATED),
    "settings": (
        AuditAction.SETTINGS_CHANGED,
        AuditAction.CHANNEL_CHANGED,
        AuditAction.CHANNEL_REMOVED,
        AuditAction.HOOK_CHANGED,
        AuditAction.HOOK_REMOVED,
        AuditAction.HOOK_REPLAYED,
        AuditAction.PAGE_WATCHED,
        AuditAction.PAGE_UNWATCHED,
        AuditAction.TEMPLATE_CHANGED,
        AuditAction.SEQUENCE_CHANGED,
        AuditAction.CAMPAIGN_CHANGED,
        AuditAction.DELIVERY_REPLAYED,
        AuditAction.WORKSPACE_ADDED,
        AuditAction.DATABASE_UPGRADED,
    ),
    "corrections": (AuditAction.CAUSE_CORRECTED,),
    "assistants": (AuditAction.ASSISTANT_ASKED,),
    "data": (
        AuditAction.EXPORTED,
        AuditAction.DELETED,
        AuditAction.IMPORTED,
        AuditAction.RESTORED,
        AuditAction.CONSENT_CHANGED,
        AuditAction.LEADS_CHANGED,
        AuditAction.LEADS_MERGED,
        AuditAction.LEADS_PARTED,
    ),
}
"""Actions by the group that the console offers as a filter. Every action belongs to exactly one."""


ABOUT_LEADS = (
    AuditAction.CAUSE_CORRECTED,
    AuditAction.CONSENT_CHANGED,
    AuditAction.LEADS_MERGED,
    AuditAction.LEADS_PARTED,
    AuditAction.DELETED,
)
"""Actions whose entry may name a lead, as the subject or as the detail `lead`, and its id as `lead_id`. An erasure removes the name there."""


class ActorKind(StrEnum):
    """The kind of actor: a rep, a program with a key, the operator on the machine, or Leadlight itself."""

    REP = "rep"
    KEY = "key"
    OPERATOR = "operator"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"
    """An unauthenticated client, for example at a failed sign-in."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The actor and their address."""

    kind: ActorKind
    id: str = ""
    """The rep's or the key's id; empty for other kinds."""
    name: str = ""
    """The name of the rep or key at that time."""
    address: str = ""
    """The client's IP address (IPv6: its /64); empty for local commands."""


OPERATOR = Actor(kind=ActorKind.OPERATOR, name="Operator")
SYSTEM = Actor(kind=ActorKind.SYSTEM, name="Leadlight")


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log; never changed."""

    id: str
    workspace: str
    at: datetime
    action: AuditAction
    actor: Actor
    subject: str = ""
    """The name of the object: a rep, a key, a setting. Never a secret."""
    details: dict[str, str] = {}
    """Details such as `old` and `new` of a role. Never a secret."""
