"""Texts by number: arrays hold numbers, since comparing them is what makes reports quick."""

from collections.abc import Iterable

NOTHING = -1
"""The number of no text."""
_UNKNOWN = -2


class Names:
    """Grows only, so that the arrays made with it stay valid."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}
        for text in texts:
            self.code(text)

    def __len__(self) -> int:
        return len(self.texts)

    def code(self, text: str | None) -> int:
        """The number of a text, a new one for a new text."""
        if text is None:
            return NOTHING
        known = self._codes.get(text)
        if known is None:
            known = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return known

    def known(self, text: str | None) -> int:
        """The number of a text; one that stands for nothing where no array can hold it."""
        return NOTHING if text is None else self._codes.get(text, _UNKNOWN)

    def text(self, code: int) -> str | None:
        """The text of a number."""
        return self.texts[code] if code >= 0 else None
