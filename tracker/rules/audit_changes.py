"""Entries of the audit log for a change: old and new value if both are short and not secret, else `changed`. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from msgspec import Struct

from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.mail.mail_sign_in import MailSignIn
from tracker.domain.mail.tracking import Tracking
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.assignment import AssignmentRule
from tracker.domain.team.rep import Rep
from tracker.domain.team.sender import SenderProfile
from tracker.domain.workspace.address_privacy import AddressPrivacy
from tracker.domain.workspace.custom_field import CustomField
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.source import Source
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.touch_type import TouchType
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.changes_in_words import SCORING, scoring_changes

_DERIVED = frozenset(
    {
        "id",
        "created_at",
        "is_demo",
        "version",
        "sites",
        "sealed_before",
        "sealed_day",
        "smtp_checked_at",
        "edge_checked_at",
        "edge_checked_url",
        "mail_sign_in_wanted",
    }
)
"""Fields of a workspace that are not settings; sites have entries of their own."""


class Change(Struct, frozen=True, kw_only=True):
    """One entry to write."""

    action: AuditAction
    subject: str = ""
    details: dict[str, str] = {}


def of_workspace(before: Workspace, after: Workspace) -> dict[str, str]:
    """The settings that differ, by field: `50 → 60`, `added Fair; removed Phone`, or `changed` for what is long or secret."""
    found = _differing(before, after, _WORKSPACE, _DERIVED | {"policy", *SCORING})
    found |= _differing(before.policy, after.policy, _POLICY, frozenset())
    found |= scoring_changes(before, after)
    return found


def of_site(before: Site, after: Site) -> dict[str, str]:
    """What differs between two versions of a site."""
    return _differing(before, after, _SITE, frozenset({"key", "first_seen_at"}))


def of_rep(before: Rep, after: Rep) -> tuple[Change, ...]:
    """One change for each kind of thing that differs. A new address is recorded when it is requested; its confirmation is another entry."""
    found: list[Change] = []
    if before.role != after.role:
        found.append(_replaced(AuditAction.ROLE_CHANGED, after.name, before.role.value, after.role.value))
    old, new = (rep.pending_email or rep.email for rep in (before, after))
    if old != new:
        found.append(_replaced(AuditAction.ADDRESS_CHANGED, after.name, old, new))
    if before.is_active != after.is_active:
        action = AuditAction.REP_REACTIVATED if after.is_active else AuditAction.REP_DEACTIVATED
        found.append(Change(action=action, subject=after.name))
    profile = _differing(before, after, _PROFILE, frozenset(after.__struct_fields__) - _PROFILE.keys())
    if profile:
        found.append(Change(action=AuditAction.REP_CHANGED, subject=before.name, details=profile))
    return tuple(found)


def of_sources(before: Iterable[Source], after: Iterable[Source]) -> dict[str, str]:
    """What differs between two lists of sources; nothing where they are equal."""
    former, latter = list(before), list(after)
    if former == latter:
        return {}
    old, new = [source.name for source in former], [source.name for source in latter]
    return {"sources": _members(old, new) if old != new else "changed"}


def channel_subject(name: ChannelName, owner: str) -> str:
    """`Slack channel of Tom Birch`."""
    return f"{_CHANNELS[name]} channel of {owner}"


def channel_details(channel: Channel) -> dict[str, str]:
    """The target without its secrets: the address, the Slack channel, or the host of a webhook."""
    found = {name: value for name, value in channel.config.items() if name in ("address", "channel")}
    if "url" in channel.config:
        found["host"] = urlsplit(channel.config["url"]).hostname or ""
    return found


_CHANNELS = {
    ChannelName.SLACK: "Slack",
    ChannelName.EMAIL: "email",
    ChannelName.WEBHOOK: "webhook",
    ChannelName.PUSH: "push",
    ChannelName.CONSOLE: "console",
}


def _replaced(action: AuditAction, subject: str, old: str, new: str) -> Change:
    return Change(action=action, subject=subject, details={"old": old, "new": new})


def _arrow(old: str, new: str) -> str:
    return f"{old or 'none'} → {new or 'none'}"


def _value(old: object, new: object) -> str:
    return _arrow(_text(old), _text(new))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _members(old: Iterable[str], new: Iterable[str]) -> str:
    former, latter = list(old), list(new)
    added = [name for name in latter if name not in former]
    removed = [name for name in former if name not in latter]
    parts = [f"{word} {', '.join(names)}" for word, names in (("added", added), ("removed", removed)) if names]
    return "; ".join(parts) or "order changed"


def _stages(old: Iterable[Stage], new: Iterable[Stage]) -> str:
    return _members([f"{stage.name} ({stage.kind})" for stage in old], [f"{stage.name} ({stage.kind})" for stage in new])


def _fields(old: Iterable[CustomField | AssignmentRule], new: Iterable[CustomField | AssignmentRule]) -> str:
    """Added and removed names; `changed` where only definitions differ."""
    former, latter = [field.name for field in old], [field.name for field in new]
    return _members(former, latter) if former != latter else "changed"


def _server(old: MailServer | None, new: MailServer | None) -> str:
    """Host and port, never user and password."""
    former, latter = (f"{server.host}:{server.port}" if server else "" for server in (old, new))
    return _arrow(former, latter) if former != latter else "changed"


def _tracking(old: TrackingPolicy | None, new: TrackingPolicy | None) -> str:
    return _arrow(_tracking_text(old), _tracking_text(new)) if _tracking_text(old) != _tracking_text(new) else "changed"


def _tracking_text(policy: TrackingPolicy | None) -> str:
    """`off in 39, links in 1, full elsewhere; company in DE`."""
    if policy is None:
        return ""
    counts = Counter(policy.countries.values())
    parts = [f"{degree.value} in {counts[degree]}" for degree in Tracking if counts[degree]]
    return f"{', '.join([*parts, f'{policy.elsewhere.value} elsewhere'])}; company in {policy.own_country}"


def _address_privacy(old: AddressPrivacy, new: AddressPrivacy) -> str:
    if old.is_on != new.is_on:
        return _arrow(*("on" if one.is_on else "off" for one in (old, new)))
    return _members(old.words, new.words)


def _touch_types(old: tuple[TouchType, ...], new: tuple[TouchType, ...]) -> str:
    return _members(tuple(one.name for one in old), tuple(one.name for one in new)) or "changed"


def _sign_in(old: MailSignIn | None, new: MailSignIn | None) -> str:
    """Provider and mailbox, never a secret."""
    former, latter = (f"{one.provider} {one.address}" if one else "" for one in (old, new))
    return _arrow(former, latter) if former != latter else "changed"


def _sender(old: SenderProfile, new: SenderProfile) -> str:
    """The address; names and signatures are too long."""
    return _arrow(old.address or "own", new.address or "own") if old.address != new.address else "changed"


_Describe = Callable[..., str]
_WORKSPACE: dict[str, _Describe] = {
    "name": _value,
    "timezone": _value,
    "home_url": _value,
    "mail_server": _server,
    "dkim_selectors": _members,
    "won_reasons": _members,
    "lost_reasons": _members,
    "products": _members,
    "categories": _members,
    "touch_types": _touch_types,
    "stages": _stages,
    "assignment_rules": _fields,
    "custom_fields": _fields,
    "tracking_policy": _tracking,
    "address_privacy": _address_privacy,
    "mail_sign_in": _sign_in,
    "working_hours": _value,
    **dict.fromkeys(("daily_limit", "automatic_limit", "automatic_limit_all"), _value),
    "alert_sender": _value,
    "alert_preferences": _value,
}
_POLICY: dict[str, _Describe] = {
    **dict.fromkeys(("hot_score", "quiet_days", "reps_see", "managers_see", "keep_events_days"), _value),
    **dict.fromkeys(("answer_minutes", "take_minutes", "form_leads_a_day", "answer_in_working_hours", "learn_domains"), _value),
    **dict.fromkeys(("weekly_mail_hour", "rep_figures"), _value),
    **dict.fromkeys(("pricing_paths", "consultation_paths", "proposal_words"), _members),
}
_PROFILE: dict[str, _Describe] = {
    "name": _value,
    "timezone": _value,
    "tracking": _value,
    "daily_limit": _value,
    "sender": _sender,
    "out_of_office": _value,
    "weekly_mail": _value,
    "alert_preferences": _value,
}
_SITE: dict[str, _Describe] = {
    "name": _value,
    "origins": _members,
    "fields": _members,
    "fields_approved": _value,
    "banner": _value,
    "banner_link": _value,
    "clicks": _value,
    "landing_parameter": _value,
}


def _differing(before: Struct, after: Struct, describe: dict[str, _Describe], ignored: frozenset[str]) -> dict[str, str]:
    """The changed fields. The value of a field that is in no table is never shown: it may be a secret."""
    found = {}
    for name in after.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if name not in ignored and old != new:
            found[name] = describe[name](old, new) if name in describe else "changed"
    return found
