"""Which browser an agent names, its major version, and on which kind of device it runs."""

from typing import NamedTuple

from tracker.rules.verdicts.user_agents.pattern_set import pattern

_FAMILIES = tuple(
    (family, pattern(expression))
    for family, expression in (
        ("msie", r"\bmsie (\d{1,3})|\btrident/.{0,200}?\brv:(\d{1,3})"),
        ("electron", r"\belectron/(\d{1,4})"),
        ("edge", r"\b(?:edg|edga|edgios|edge)/(\d{1,4})"),
        ("opera", r"\b(?:opr|opt|opera(?: mini| mobi)?)[/ ](\d{1,4})"),
        ("samsung", r"\bsamsungbrowser/(\d{1,4})"),
        ("firefox", r"\b(?:firefox|fxios)/(\d{1,4})"),
        ("chrome", r"\b(?:chrome|crios|chromium)/(\d{1,4})"),
        ("safari", r"\bversion/(\d{1,4})[\d.]* (?:mobile/\w+ )?safari/"),
        ("webkit", r"\bapplewebkit/(\d{1,4})"),
    )
)
"""Searched in this order: most browsers also name the browser that they descend from."""

_DESKTOP = pattern(r"windows nt|macintosh|x11|\bcros\b")
_MOBILE = pattern(r"android|iphone|ipad|ipod|mobile|windows phone|tablet|\btv\b|smart-?tv|hbbtv")
_LEGACY = pattern(r"\bmsie |\btrident/")


class Browser(NamedTuple):
    """The browser that an agent names."""

    family: str
    major: int | None
    is_desktop: bool
    is_legacy: bool


def browser_of(text: str) -> Browser:
    """The browser of an agent; `family` is empty and `major` None if it names none that is known."""
    is_desktop = bool(_DESKTOP.search(text)) and not _MOBILE.search(text)
    is_legacy = bool(_LEGACY.search(text))
    for family, expression in _FAMILIES:
        match = expression.search(text)
        if match:
            return Browser(family, int(next(group for group in match.groups() if group)), is_desktop, is_legacy)
    return Browser("", None, is_desktop, is_legacy)
