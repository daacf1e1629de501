"""The screens of the console, by module; each has a `blueprint`. Add yours here."""

SCREENS = (
    "tracker.web.console.health",
    "tracker.web.console.sign_in",
    "tracker.web.console.confirmation",
    "tracker.web.console.welcome",
    "tracker.web.console.live",
    "tracker.web.console.alerts",
    "tracker.web.console.demo",
    "tracker.web.console.setup",
    "tracker.web.console.mail_server",
    "tracker.web.console.settings",
    "tracker.web.console.settings_me",
    "tracker.web.console.settings_people",
    "tracker.web.console.settings_alerts",
    "tracker.web.console.replay",
    "tracker.web.console.leads",
    "tracker.web.console.lead",
    "tracker.web.console.lead_edits",
    "tracker.web.console.lead_import",
    "tracker.web.console.compose",
    "tracker.web.console.messages",
)
