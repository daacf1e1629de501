"""The touch type: a contact or activity of a lead that a rep records by one click, such as a webinar."""

import msgspec

ICONS = ("star", "calendar", "play", "download", "team", "note", "phone", "mail", "page", "form", "link")
"""Of the interface, by name."""


class TouchType(msgspec.Struct, frozen=True):
    """One entry of the managed list. Recorded touches keep its name."""

    name: str
    icon: str = ICONS[0]
    direction: str = "in"
    """`in`: the lead did it, which counts as a response; `out`: the company did it, which counts as a contact."""


DEFAULT_TOUCH_TYPES = (
    TouchType("Webinar", "calendar"),
    TouchType("Demo", "play"),
    TouchType("E-book", "download"),
    TouchType("Event", "team"),
    TouchType("WhatsApp", "note", "out"),
)
