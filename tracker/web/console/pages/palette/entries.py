"""The pages and commands that the palette offers, and the tabs of Settings. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

EVERYONE = (
    ("me", "Profile"),
    ("mailbox", "Your mailbox"),
    ("mail-clients", "Mail clients"),
    ("alerts", "Alerts"),
    ("automatic", "Automatic traffic"),
)
"""The tabs of Settings for reps and managers, by path."""
ADMINS = (
    ("workspace", "Company"),
    ("sites", "Website and forms"),
    ("mail", "Email"),
    ("stages", "Pipeline"),
    ("rules", "Score"),
    ("alerts", "Alerts"),
    ("automations", "Automations"),
    ("team", "Team"),
    ("keys", "Developers"),
    ("automatic", "Automatic traffic"),
    ("privacy", "Privacy"),
    ("audit", "Audit log"),
    ("advanced", "Advanced"),
    ("mailbox", "Your mailbox"),
    ("mail-clients", "Mail clients"),
    ("me", "Profile"),
)
"""The tabs of Settings for admins, by path."""
_FURTHER = (
    *(("fields", "Fields"), ("reasons", "Reasons"), ("sources", "Sources"), ("products", "Products")),
    ("inquiry-mail", "Inquiry mailbox"),
    ("assistants", "Assistants"),
    ("webhooks", "Webhooks"),
    ("slack", "Slack app"),
    ("deliveries", "Alert delivery"),
)
"""Further pages of Settings for admins, by path."""
_WORDS = {
    "me": "name password time zone signature shortcuts",
    "alerts": "notifications channels slack webhook sound push devices",
    "webhooks": "events zapier n8n rest hooks replay",
    "slack": "direct messages buttons",
    "workspace": "time zone working hours name",
    "sites": "snippet tracking domain consent",
    "mailbox": "imap replies bounces inbox",
    "inquiry-mail": "imap info email leads",
    "mail-clients": "outlook thunderbird apple app password relay smtp",
    "mail": "smtp server sender microsoft google",
    "stages": "stages order",
    "rules": "fit engagement points quadrant",
    "team": "invite users roles managers reps",
    "keys": "api key",
    "deliveries": "latency failed alerts",
    "assistants": "mcp claude cursor",
    "automatic": "bots machine scanner",
    "privacy": "consent erase retention export",
    "fields": "custom fields",
    "reasons": "won lost",
}


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """A page or a command. `words`: what else finds it; `key`: its name in js/parts/keys/table.js."""

    label: str
    kind: str
    """`page`, `settings` or `command`."""
    href: str = ""
    words: str = ""
    key: str = ""
    step: str = ""
    """The step of the open lead that the command does (pages.today.steps, pages.board.moves)."""
    form: str = ""
    """The address of the form of this page that the command sends."""
    is_admin: bool = False


_PAGES = (
    PaletteEntry("Today", "page", "/today", "home tasks due", "go-today"),
    PaletteEntry("Live", "page", "/live", "visitors now site", "go-live"),
    PaletteEntry("Leads", "page", "/leads", "list contacts", "go-leads"),
    PaletteEntry("Board", "page", "/board", "pipeline kanban stages", "go-board"),
    PaletteEntry("Companies", "page", "/companies", "accounts", "go-companies"),
    PaletteEntry("Mail", "page", "/mail", "email sent messages", "go-mail"),
    PaletteEntry("Inbox", "page", "/mail/inbox", "replies answers email"),
    PaletteEntry("Reports", "page", "/reports", "figures numbers conversion sales sources", "go-reports"),
    PaletteEntry("Sequences", "page", "/mail/sequences", "email follow up automatic"),
    PaletteEntry("Campaigns", "page", "/mail/campaigns", "email list newsletter"),
    PaletteEntry("Templates", "page", "/mail/templates", "email text"),
    PaletteEntry("Snippets", "page", "/mail/snippets", "email text blocks"),
    PaletteEntry("Alerts", "page", "/alerts", "bell notifications", "go-alerts"),
    PaletteEntry("Set-up", "page", "/setup", "start checklist", is_admin=True),
)
_COMMANDS = (
    PaletteEntry("Log call", "command", step="call", words="phone meeting chat"),
    PaletteEntry("Add note", "command", step="note", words="write comment"),
    PaletteEntry("Add task", "command", step="task", words="reminder todo next action"),
    PaletteEntry("Move to another stage", "command", step="move", words="won lost pipeline"),
    PaletteEntry("Snooze", "command", step="snooze", words="later postpone"),
    PaletteEntry("Archive", "command", step="archive", words="remove"),
    PaletteEntry("Email", "command", step="email", words="write send message"),
    PaletteEntry("Add lead", "command", "/leads/new", "new create contact"),
    PaletteEntry("Import CSV", "command", "/leads/import", "upload file excel"),
    PaletteEntry("New sequence", "command", "/mail/sequences/new/edit", "follow up create"),
    PaletteEntry("New campaign", "command", "/mail/campaigns/new/edit", "email list create"),
    PaletteEntry("New template", "command", "/mail/templates/new", "email create"),
    PaletteEntry("Keyboard shortcuts", "command", words="keys help", key="help"),
    PaletteEntry("Sign out", "command", form="/sign-out", words="log out leave"),
)


def entries_for(*, is_admin: bool, is_demo: bool, workspaces: Iterable[tuple[str, str]]) -> list[PaletteEntry]:
    """What a rep is offered. `workspaces`: id and name of the others that the person may switch to."""
    tabs = ADMINS if is_admin else EVERYONE
    settings = [("settings", "Settings", ""), *((key, f"Settings: {label}", _WORDS.get(key, "")) for key, label in tabs)]
    settings += [(key, f"Settings: {label}", _WORDS.get(key, "")) for key, label in _FURTHER] if is_admin else []
    found = [entry for entry in (*_PAGES, *_COMMANDS) if is_admin or not entry.is_admin]
    found = [entry for entry in found if not (is_demo and entry.href == "/setup")]
    for key, label, words in settings:
        is_top = key == "settings"
        found.append(PaletteEntry(label, "settings", "/settings" if is_top else f"/settings/{key}", words, "go-settings" if is_top else ""))
    return [*found, *(PaletteEntry(f"Switch to {name}", "command", form=f"/switch/{key}", words="workspace") for key, name in workspaces)]
