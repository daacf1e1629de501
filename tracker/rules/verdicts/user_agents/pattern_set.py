"""Many RE2 expressions searched in one pass over a text: linear in the length of the text, whatever the expressions are."""

from collections.abc import Iterable

import re2

_MEMORY = 24 << 20
"""Bytes that the automaton of one set may use; with less, a large set falls back to a slower search."""


def pattern(expression: str) -> "re2._Regexp":
    """One compiled expression, searched without regard to case. Raises re2.error."""
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(expression, options)


class PatternSet:
    """An ordered set of expressions. Raises re2.error if RE2 refuses one."""

    def __init__(self, expressions: Iterable[str], *, is_case_sensitive: bool = False) -> None:
        options = re2.Options()
        options.case_sensitive = is_case_sensitive
        options.max_mem = _MEMORY
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        for expression in expressions:
            self._set.Add(expression)
        self._set.Compile()

    def first(self, text: str) -> int | None:
        """The index of the first expression that occurs in the text, or None."""
        return min(self._set.Match(text) or (), default=None)
