"""The screens of the console, by module; each has a `blueprint`. Add yours here."""

SCREENS = ("tracker.web.console.health",)
