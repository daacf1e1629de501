"""Address headers: From, To, Cc and Reply-To, as lines that every program reads alike. Used by `mime`.

The standard library loses the quotes of some names when it folds a long header, so that a comma in a name separates addresses, and it ends
the headers early with an empty line before a long word.
"""

import base64
import re
from email.headerregistry import BaseHeader
from email.policy import Policy
from typing import Any

ADDRESSES = ("from", "to", "cc", "reply-to")
"""Their names in lower case."""

_WIDTH = 78
_MOST_BYTES = 42
"""Bytes of an encoded word, which has 75 characters at most (RFC 2047, 2)."""
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_SPACE = re.compile(r"(?<=\S) (?=\S)")


class AddressListHeader(BaseHeader):
    """A header of ready mailboxes (see `mailbox`), folded at spaces only."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Keeps the value as it is. Called by the library."""
        kwds["decoded"] = value
        kwds["parse_tree"] = None

    def fold(self, *, policy: Policy) -> str:
        """The header's lines; the first is never empty. Called by the library."""
        first, *rest = _SPACE.split(str(self))
        lines = [f"{self.name}: {first}"]
        for part in rest:
            if len(lines[-1]) + 1 + len(part) > _WIDTH:
                lines.append("")
            lines[-1] += f" {part}"
        return policy.linesep.join(lines) + policy.linesep


def mailbox(name: str, address: str) -> str:
    """A mailbox as it stands in a header: the name as atoms, quoted, or as encoded words."""
    if not name.strip():
        return address
    if not name.isascii() or "=?" in name:  # what looks like an encoded word would be decoded
        return f"{_encoded(name)} <{address}>"
    if _ATOMS.fullmatch(name):
        return f"{name} <{address}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address}>'


def _encoded(name: str) -> str:
    """Encoded words of whole characters; readers drop the spaces between them."""
    words, chunk = [], b""
    for character in name:
        piece = character.encode("utf-8", "replace")
        if len(chunk) + len(piece) > _MOST_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += piece
    return " ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in (*words, chunk))
