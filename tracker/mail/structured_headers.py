"""Structured headers: identifiers and addresses in angle brackets, which must never be encoded. Used by `mime`.

The standard library folds a long header at any place and encodes what it cannot fold (RFC 2047). RFC 5322 and RFC 2369 forbid that here,
and mailbox providers ignore such a header.
"""

import re
from email.headerregistry import BaseHeader
from email.policy import Policy
from typing import Any

from tracker.base.errors import Invalid

STRUCTURED = frozenset(
    (
        "message-id",
        "in-reply-to",
        "references",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-id",
        "list-help",
        "list-subscribe",
        "list-post",
        "list-owner",
        "list-archive",
        "feedback-id",
        "auto-submitted",
    )
)
"""Their names in lower case."""

_WIDTH = 78
_LONGEST = 998
"""Characters of a line (RFC 5322, 2.1.1)."""
_BETWEEN = re.compile(r"(?<=>)[ \t]*(,?)[ \t]*(?=<)")


class StructuredHeader(BaseHeader):
    """A header that is folded only between `>` and `<`."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Keeps the value as it is. Called by the library."""
        kwds["decoded"] = value
        kwds["parse_tree"] = None

    def fold(self, *, policy: Policy) -> str:
        """The header's lines. Called by the library."""
        return policy.linesep.join(lines_of(self.name, str(self))) + policy.linesep


def lines_of(name: str, value: str) -> list[str]:
    """The lines of a header, as wide as usual where the values allow it; each longer value has a line of its own."""
    lines = [f"{name}:"]
    for part in _BETWEEN.sub(r"\1\n", value).split("\n"):
        if len(lines[-1]) + 1 + len(part) > _WIDTH and lines != [f"{name}:"]:
            lines.append("")
        lines[-1] += f" {part}"
    return lines


def refuse_unfoldable(field: str, name: str, value: str) -> None:
    """Raises Invalid for a value that no line can hold, or that would have to be encoded."""
    if not value.isascii():
        raise Invalid(field, f"must be ASCII to stand in {name}")
    if any(len(line) > _LONGEST for line in lines_of(name, value)):
        raise Invalid(field, f"is too long for {name}: a line has at most {_LONGEST} characters")
