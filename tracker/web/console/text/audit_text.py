"""Sentences for audit log entries, for the page and its CSV file. Pure."""

from tracker.domain.ops.audit import AuditAction, AuditEntry

_SENTENCES = {
    AuditAction.SIGNED_IN: "Signed in",
    AuditAction.SIGN_IN_FAILED: "Failed to sign in",
    AuditAction.SIGNED_OUT: "Signed out",
    AuditAction.LINK_CREATED: "Created a sign-in link",
    AuditAction.PASSWORD_CHANGED: "Changed the password",
    AuditAction.ADDRESS_CHANGED: "Changed the email address",
    AuditAction.ADDRESS_CONFIRMED: "Confirmed the email address",
    AuditAction.WORKSPACES_LINKED: "Linked this workspace with another",
    AuditAction.WORKSPACE_ENTERED: "Switched to this workspace",
    AuditAction.DEMO_ENTERED: "Entered the demo",
    AuditAction.REP_ADDED: "Added a rep",
    AuditAction.REP_CHANGED: "Changed the profile",
    AuditAction.ROLE_CHANGED: "Changed the role",
    AuditAction.REP_DEACTIVATED: "Deactivated a rep",
    AuditAction.REP_REACTIVATED: "Reactivated a rep",
    AuditAction.KEY_CREATED: "Created an API key",
    AuditAction.KEY_REMOVED: "Removed an API key",
    AuditAction.CHANNEL_CHANGED: "Changed a channel",
    AuditAction.CHANNEL_REMOVED: "Removed a channel",
    AuditAction.HOOK_CHANGED: "Set up a webhook",
    AuditAction.HOOK_REMOVED: "Removed a webhook",
    AuditAction.HOOK_REPLAYED: "Sent events again",
    AuditAction.PAGE_WATCHED: "Switched alerts about a page on",
    AuditAction.PAGE_UNWATCHED: "Switched alerts about a page off",
    AuditAction.TEMPLATE_CHANGED: "Changed an email template",
    AuditAction.SEQUENCE_CHANGED: "Changed a sequence",
    AuditAction.CAMPAIGN_CHANGED: "Changed a campaign",
    AuditAction.TEAM_CHANGED: "Changed a team",
    AuditAction.SETTINGS_CHANGED: "Changed settings",
    AuditAction.WORKSPACE_ADDED: "Created the workspace",
    AuditAction.SIGNING_KEYS_ROTATED: "Rotated the signing keys",
    AuditAction.SECRET_KEYS_ROTATED: "Rotated the key that encrypts secrets",
    AuditAction.DATABASE_UPGRADED: "Upgraded the database",
    AuditAction.CAUSE_CORRECTED: "Corrected the cause of an event",
    AuditAction.CONSENT_CHANGED: "Changed the tracking consent of a lead",
    AuditAction.LEADS_CHANGED: "Changed several leads at once",
    AuditAction.LEADS_MERGED: "Merged two leads",
    AuditAction.LEADS_PARTED: "Took back that two leads were merged",
    AuditAction.IMPORTED: "Imported data",
    AuditAction.EXPORTED: "Exported data",
    AuditAction.RESTORED: "Restored a backup or a lead",
    AuditAction.DELETED: "Deleted data",
    AuditAction.ASSISTANT_ASKED: "Used a tool for assistants",
    AuditAction.DELIVERY_REPLAYED: "Sent an alert again",
}
"""Where an entry has no subject."""

_WITH_SUBJECT = {
    AuditAction.SIGNED_IN: "Signed in as {}",
    AuditAction.SIGN_IN_FAILED: "Failed to sign in as {}",
    AuditAction.SIGNED_OUT: "Signed out {}",
    AuditAction.LINK_CREATED: "Created a sign-in link for {}",
    AuditAction.PASSWORD_CHANGED: "Changed the password of {}",
    AuditAction.ADDRESS_CHANGED: "Changed the email address of {}",
    AuditAction.ADDRESS_CONFIRMED: "Confirmed the email address of {}",
    AuditAction.WORKSPACES_LINKED: "Linked this workspace with another: {}",
    AuditAction.WORKSPACE_ENTERED: "Switched to this workspace as {}",
    AuditAction.DEMO_ENTERED: "Entered the demo as {}",
    AuditAction.REP_ADDED: "Added {}",
    AuditAction.REP_CHANGED: "Changed the profile of {}",
    AuditAction.ROLE_CHANGED: "Changed the role of {}",
    AuditAction.REP_DEACTIVATED: "Deactivated {}",
    AuditAction.REP_REACTIVATED: "Reactivated {}",
    AuditAction.KEY_CREATED: "Created the API key {}",
    AuditAction.KEY_REMOVED: "Removed the API key {}",
    AuditAction.CHANNEL_CHANGED: "Changed the {}",
    AuditAction.CHANNEL_REMOVED: "Removed the {}",
    AuditAction.HOOK_CHANGED: "Set up the webhook {}",
    AuditAction.HOOK_REMOVED: "Removed the webhook {}",
    AuditAction.HOOK_REPLAYED: "Sent events again to the webhook {}",
    AuditAction.PAGE_WATCHED: "Switched alerts about the page {} on",
    AuditAction.PAGE_UNWATCHED: "Switched alerts about the page {} off",
    AuditAction.TEMPLATE_CHANGED: "Changed the email template {}",
    AuditAction.SEQUENCE_CHANGED: "Changed the sequence {}",
    AuditAction.CAMPAIGN_CHANGED: "Changed the campaign {}",
    AuditAction.TEAM_CHANGED: "Changed the team {}",
    AuditAction.SETTINGS_CHANGED: "Changed the {}",
    AuditAction.WORKSPACE_ADDED: "Created the workspace {}",
    AuditAction.SIGNING_KEYS_ROTATED: "Rotated the signing keys: {}",
    AuditAction.SECRET_KEYS_ROTATED: "Rotated the key that encrypts secrets: {}",
    AuditAction.DATABASE_UPGRADED: "Upgraded the database: {}",
    AuditAction.CAUSE_CORRECTED: "Corrected the cause of an event of {}",
    AuditAction.CONSENT_CHANGED: "Changed the tracking consent of {}",
    AuditAction.LEADS_CHANGED: "Changed several {} at once",
    AuditAction.LEADS_MERGED: "Merged a lead with {}",
    AuditAction.LEADS_PARTED: "Took back that a lead was merged with {}",
    AuditAction.IMPORTED: "Imported {}",
    AuditAction.EXPORTED: "Exported the {}",
    AuditAction.RESTORED: "Restored the {}",
    AuditAction.DELETED: "Deleted the {}",
    AuditAction.ASSISTANT_ASKED: "Used the tool {} for assistants",
    AuditAction.DELIVERY_REPLAYED: "Sent an alert by {} again",
}

_BOTH = frozenset({"old", "new"})
_UNSEEN = frozenset({"lead_id"})
"""Details for programs: by this one, an erasure finds entries about a lead that had another name then."""
_OWN = frozenset(
    {
        AuditAction.SIGNED_IN,
        AuditAction.SIGN_IN_FAILED,
        AuditAction.SIGNED_OUT,
        AuditAction.WORKSPACE_ENTERED,
        AuditAction.DEMO_ENTERED,
        AuditAction.WORKSPACES_LINKED,
        AuditAction.PASSWORD_CHANGED,
        AuditAction.ADDRESS_CONFIRMED,
    }
)
"""Actions on the actor's own account, whose sentence needs no subject."""
_LABELS = {
    "mail_server": "server",
    "hot_score": "hot from",
    "keep_events_days": "days to keep events",
    "learn_domains": "use what was learned about recipients' domains",
    "pricing_paths": "pricing pages",
    "consultation_paths": "contact pages",
    "fit": "values that fit",
    "dkim_selectors": "DKIM selectors",
    "fields_approved": "form fields approved",
    "banner": "consent banner",
    "banner_text": "wording of the consent banner",
    "banner_link": "privacy policy",
    "clicks": "clicks on links and buttons",
    "landing_parameter": "parameter of tracked links",
    "timezone": "time zone",
    "home_url": "home page",
    "mail_sign_in": "sign-in",
    "working_hours": "working hours",
    "daily_limit": "emails a day",
    "automatic_limit": "emails a day by themselves",
    "automatic_limit_all": "emails a day by themselves for all reps",
    "alert_sender": "sender of alerts",
    "take_minutes": "minutes to take an inquiry or reply",
    "alert_preferences": "when alerts arrive",
    "weekly_mail": "weekly email",
    "weekly_mail_hour": "hour of the weekly email",
    "lead_texts": "texts for leads",
}
"""Display names of details."""

NOT_SIGNED_IN = "Not signed in"
"""Shown for an actor without a name."""

GROUP_NAMES = {
    "sign_ins": "Sign-ins",
    "people": "People",
    "keys": "Keys",
    "settings": "Settings",
    "corrections": "Corrections",
    "assistants": "Assistants",
    "data": "Deletions, exports, imports and consent",
}
"""The groups of `tracker.domain.ops.audit.GROUPS`, as the filter names them."""


def sentence_of(entry: AuditEntry) -> str:
    """`Changed the role of Tom Birch from rep to admin`. Actions on the own account omit the name."""
    subject, details = entry.subject, entry.details
    is_own = entry.action in _OWN and subject == entry.actor.name
    # Not str.format: the subject is user input and may contain braces.
    text = _WITH_SUBJECT[entry.action].replace("{}", subject) if subject and not is_own else _SENTENCES[entry.action]
    return f"{text} from {details['old']} to {details['new']}" if details.keys() >= _BOTH else text


def details_of(entry: AuditEntry) -> list[tuple[str, str]]:
    """The details that the sentence omits, as label and text."""
    said: frozenset[str] = _BOTH if entry.details.keys() >= _BOTH else frozenset()
    return [(_label(name), text) for name, text in entry.details.items() if name not in said | _UNSEEN and text]


def _label(name: str) -> str:
    points = name.removeprefix("points_")
    return f"points for {points.replace('_', ' ')}" if points != name else _LABELS.get(name, name.replace("_", " "))
