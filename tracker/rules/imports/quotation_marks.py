"""Quotation marks and line ends of files with separators. Pure. Used by `tables`."""

import csv
import re
from collections.abc import Iterator, Sequence

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BREAKS = re.compile(r"\r\n|\r|\n")
_SAMPLE = 60_000
_HEAD = 10


def unwrapped(text: str) -> str:
    """The text without the quotation marks around whole lines, which spreadsheets write where a file was opened as one column."""
    if text.lstrip()[:1] != '"':
        return text
    separators = [sign for sign in SEPARATORS if sign in text.lstrip().partition("\n")[0]]
    head = list(csv.reader(text[:_SAMPLE].splitlines()[:_HEAD], delimiter="\x1f"))
    if not separators or not all(len(cells) <= 1 for cells in head) or not all(_is_wrapped(line) for line in text.splitlines()[:2]):
        return text
    return "\n".join(cells[0] if cells else "" for cells in csv.reader(physical_lines(text), delimiter="\x1f"))


def _is_wrapped(line: str) -> bool:
    """Whether one pair of quotation marks encloses the whole line; those inside are doubled."""
    inner = line.strip()[1:-1]
    return line.strip()[:1] == line.strip()[-1:] == '"' and '"' not in inner.replace('""', "")


def is_open(raw: Sequence[str], separator: str) -> bool:
    """Whether the last record of the file ends inside quotation marks."""
    try:
        list(csv.reader(raw, delimiter=separator, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def physical_lines(text: str) -> Iterator[str]:
    """The lines of the text with their ends, whichever these are."""
    start = 0
    for found in _BREAKS.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    if start < len(text):
        yield text[start:]
