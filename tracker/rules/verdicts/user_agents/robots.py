"""Robots: agents on a public list, or built like no browser's. Used by tracker.rules.verdicts.user_agents.classify.

The lists are `data/robots.json`, written by deploy/refresh_agents.py from npm packages. All patterns are RE2 expressions, so the time
grows linearly with the length of the agent.
"""

import functools
from collections.abc import Collection
from importlib.resources import files
from typing import NamedTuple

import msgspec

from tracker.rules.verdicts.user_agents.general_signs import general_sign, named_sign
from tracker.rules.verdicts.user_agents.pattern_set import PatternSet, pattern

_MODEL = pattern(r"(android[^;()]*;(?: u;)?(?: ?[a-z]{2}[-_][a-z]{2};)?) ?[^;()]*(?:\([^()]*\)[^;()]*)?")
"""An Android agent up to its model: model names contain *bot*, *ruby*, *radar*, *check* and more."""

_DEVICES = pattern(
    r"hbbtv|smart-?tv|googletv|vidaa|ce-html|netcast|web0s|nettv|midp|cldc|wap.?browser|maui|netfront|up\.browser|\bbada\b|brew/|symbian|"
    r"ucweb|ucbrowser|opera mini|opera mobi|sogoumobilebrowser|aplix|pre/\d|windows phone|palm|sonyericsson[a-z]?\d|^ip(?:hone|od|ad)|"
    r"^op(?:r|era)/|browser[/ ]\d|\bdillo|konqueror|^w3m|^e?links|kreatv",
)
"""Televisions, old telephones and old browsers: their long agents match generic patterns by accident, so only names and plain signs count."""


class RobotSign(NamedTuple):
    """Why an agent is a robot's: the list or general sign, and the pattern of the list."""

    name: str
    pattern: str = ""


class PatternList(msgspec.Struct, frozen=True):
    """One list of the data file."""

    name: str
    package: str
    version: str
    licence: str
    patterns: list[str]
    is_case_sensitive: bool = False
    is_generic: bool = False
    """Whether the patterns are parts of words, and not names of robots."""


class RobotData(msgspec.Struct, frozen=True):
    """The data file. `people` are patterns of honest phrases, which are blanked before the lists are searched."""

    version: str
    people: list[str]
    sources: list[PatternList]


class RobotLists:
    """The compiled lists."""

    def __init__(self, data: RobotData) -> None:
        self.version = data.version
        self.sources = data.sources
        self._people = pattern("|".join(data.people))
        self._lists = [(source, PatternSet(source.patterns, is_case_sensitive=source.is_case_sensitive)) for source in data.sources]

    def sign(self, text: str) -> RobotSign | None:
        """Why an agent is a robot's, or None."""
        is_device = bool(_DEVICES.search(text))
        blanked = self._people.sub("~", _MODEL.sub(r"\1", text))
        for source, expressions in self._lists:
            index = None if is_device and source.is_generic else expressions.first(blanked)
            if index is not None:
                return RobotSign(source.name, source.patterns[index])
        name = named_sign(blanked) if is_device else general_sign(blanked)
        return RobotSign(name) if name else None

    def leave_out(self, names: Collection[str]) -> None:
        """Stops using lists, to measure the others."""
        self._lists = [(source, expressions) for source, expressions in self._lists if source.name not in names]


@functools.cache
def shipped_robots() -> RobotLists:
    """The lists that come with the program."""
    raw = files("tracker.rules.verdicts").joinpath("data", "robots.json").read_bytes()
    return RobotLists(msgspec.json.decode(raw, type=RobotData))
