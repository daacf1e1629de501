"""What a person wrote in a reply: without the quoted mail and the signature. Reads each line once, so that no text takes long."""

import re
from enum import Enum

from tracker.mail.inbound.quote_lines import attribution, is_begin_of_quote, is_quoted_below

LONGEST = 20_000
"""Characters of a reply that are kept."""
_MOST_LINES = 2000
_SENT_FROM = re.compile(
    r"^\s*(?:sent from my |sent from outlook|get outlook for|von meinem .{1,40} gesendet|gesendet (?:mit|von) |envoyé de(?:puis)? mon |enviado desde |"
    r"enviado do meu |inviato da |verzonden vanaf mijn |skickat från min |wysłane z |отправлено с )",
    re.IGNORECASE,
)


def cut(text: str) -> str:
    """The reply's own text; with answers between quoted lines, all of these answers. Empty where nothing was written."""
    return split(text)[0]


def split(text: str) -> tuple[str, str]:
    """The reply's own text as of `cut`, and all that stands below from the first line that was cut off."""
    lines = text.split("\n")[:_MOST_LINES]
    kept: list[str] = []
    first, at = len(lines), 0
    while at < len(lines):
        part, count = _part_of(lines, at)
        if part is _Line.OWN:
            kept.append(lines[at].rstrip())
        else:
            first = min(first, at)
        if part is _Line.END:
            break
        at += count
    return _tidy(kept), _tidy(lines[first:])


class _Line(Enum):
    """What a line belongs to."""

    OWN = 1
    QUOTE = 2
    """Own text may follow."""
    END = 3
    """Nothing of the sender follows."""


def _part_of(lines: list[str], at: int) -> tuple[_Line, int]:
    """What the line belongs to, and how many lines do together."""
    line, plain = lines[at], lines[at].strip()
    if plain.startswith(">"):
        return _Line.QUOTE, 1
    if is_begin_of_quote(lines, at):
        count = attribution(lines, at) or 1
        has_more = any(answer.strip() and not answer.lstrip().startswith(">") for answer in lines[at + count :])
        return (_Line.QUOTE, count) if has_more and is_quoted_below(lines, at + count - 1) else (_Line.END, count)
    if line.rstrip("\r") in ("-- ", "--") or (_SENT_FROM.match(plain) and _is_last(lines, at)):
        return _Line.END, 1
    return _Line.OWN, 1


def _is_last(lines: list[str], at: int) -> bool:
    """Whether nothing of the sender follows the line, so that it is the signature of a phone and no sentence."""
    following = next((later for later in range(at + 1, len(lines)) if lines[later].strip()), None)
    return following is None or lines[following].lstrip().startswith(">") or is_begin_of_quote(lines, following)


def has_quote(text: str) -> bool:
    """Whether it quotes a mail."""
    lines = text.split("\n")[:_MOST_LINES]
    return any(line.lstrip().startswith(">") or is_begin_of_quote(lines, at) for at, line in enumerate(lines))


def _tidy(lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    text = "".join(c for c in text if c in "\n\t" or c.isprintable())
    return re.sub(r"\n{3,}", "\n\n", text).encode("utf-8", "replace").decode("utf-8")[:LONGEST].strip()
