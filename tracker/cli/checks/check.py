"""The result of one check. Used by all checks of the command line."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. `fail` prevents the start; `todo` is the remedy for a warning or a failure."""

    name: str
    level: Literal["ok", "warn", "fail"]
    text: str
    todo: str = ""

    @property
    def line(self) -> str:
        """Text and remedy in one line."""
        return f"{self.text}. {self.todo}".strip() if self.todo else self.text
