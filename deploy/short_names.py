"""Short names for a script: what it declares gets one or two letters. Used by build_snippet.

What the outermost function declares gets a name of its own; the arguments and variables of a function within it get the first letters
that no function around it has. Of properties, only those named in `own` become short; texts and patterns stay. The script must be plain ECMAScript 5 without
labels, `eval` and `with`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from string import ascii_letters

_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_PART = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*)|(?P<space>\s+)"""
    r"""|(?P<pattern>/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/[a-z]*)|(?P<sign>.)""",
    re.DOTALL,
)
_BEFORE_PATTERN = frozenset("(,=:[!&|?{};+") | {"return", "typeof", "in", ""}
_RESERVED = frozenset({"do", "if", "in", "of"})
_ALL = [*ascii_letters, *("".join(pair) for pair in product(ascii_letters, repeat=2))]


@dataclass(eq=False)
class _Scope:
    """A function: the scope around it, and the short names of what it declares."""

    above: "_Scope | None"
    short: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str | None:
        """The short name; None for a global."""
        scope: _Scope | None = self
        while scope is not None and name not in scope.short:
            scope = scope.above
        return scope.short[name] if scope else None


def shortened(script: str, own: tuple[str, ...] = ()) -> str:
    """The same script with short names. `own` are properties that only objects of the script itself have."""
    parts = _parts(script)
    scopes = _scopes(parts)
    uses = [i for i in range(len(parts)) if _is_name(parts, i)]
    declared = {name for scope in scopes for name in scope.short}
    outer = next(scope for scope in scopes if scope is not None and scope.above is not None and scope.above.above is None)
    depth = max(_names_down_to(scope, outer) for scope in set(scopes))
    globals_ = {parts[i] for i in range(len(parts)) if _NAME.fullmatch(parts[i])} - declared
    free = [name for name in _ALL if name not in globals_ | _RESERVED]
    inner, top = free[:depth], free[depth:]
    counts = Counter(parts[i] for i in uses if scopes[i].of(parts[i]) is not None and parts[i] in outer.short)
    outer.short = dict(zip(sorted(outer.short, key=lambda name: (-counts[name], name)), top, strict=False))
    for scope in dict.fromkeys(scopes):
        if scope is not outer and scope.above is not None:
            start = _names_down_to(scope.above, outer) if scope.above is not outer else 0
            scope.short = dict(zip(scope.short, inner[start:], strict=False))
    properties = dict(zip(own, free, strict=False))
    return "".join((scopes[i].of(part) if _is_name(parts, i) else properties.get(part)) or part for i, part in enumerate(parts))


def _names_down_to(scope: _Scope | None, outer: _Scope) -> int:
    """How many names a function and those around it declare, within the outermost."""
    count = 0
    while scope is not None and scope is not outer:
        count += len(scope.short)
        scope = scope.above
    return count


def _parts(script: str) -> list[str]:
    parts: list[str] = []
    at, before = 0, ""
    while at < len(script):
        found = _PART.match(script, at)
        if found is None:
            raise ValueError(script[at : at + 40])
        part = found[0]
        if found.lastgroup == "pattern" and before not in _BEFORE_PATTERN:
            part = part[0]  # a division
        parts.append(part)
        at += len(part)
        if not part.isspace():
            before = part
    return parts


def _is_name(parts: list[str], i: int) -> bool:
    """Whether the part is a variable: no property, and no key of an object."""
    if not _NAME.fullmatch(parts[i]):
        return False
    before, after = _near(parts, i, -1), _near(parts, i, 1)
    return before != "." and not (after == ":" and before in ("{", ","))


def _near(parts: list[str], i: int, step: int) -> str:
    i += step
    while 0 <= i < len(parts) and parts[i].isspace():
        i += step
    return parts[i] if 0 <= i < len(parts) else ""


def _scopes(parts: list[str]) -> list[_Scope]:
    """The scope of each part, with what it declares in `short`; the name of a function belongs to the scope around it."""
    reader = _ScopeReader()
    return [reader.read(part, _near(parts, i, -1)) for i, part in enumerate(parts)]


class _ScopeReader:
    """Reads a script part by part and notes what each function declares."""

    def __init__(self) -> None:
        self._scope = _Scope(None)
        self._depth = 0
        self._ends: list[int] = []
        """The depth of the brace that ends each open function; -1 before it has begun."""
        self._head = ""
        """`function` or `catch` while its arguments are read, `name` before those of a function."""
        self._variables: list[tuple[_Scope, int]] = []
        """The open `var` statements: scope and depth."""
        self._is_next_variable = False

    def read(self, part: str, before: str) -> _Scope:
        """The scope of the part; `before` is the part before it, apart from spaces."""
        self._read_head(part, before)
        if part in ("(", "[", "{"):
            self._depth += 1
            if part == "{" and self._ends and self._ends[-1] < 0:
                self._ends[-1] = self._depth
        scope = self._scope
        if part in (")", "]", "}"):
            self._close(part)
        self._read_variable(part)
        return scope

    def _read_head(self, part: str, before: str) -> None:
        """Arguments belong to the function, its name to what is around it."""
        if part == "function":
            self._head = "name"
        elif self._head == "name" and part == "(":
            self._scope, self._head = _Scope(self._scope), "function"
        elif part == "(" and before == "catch":
            self._head = "catch"
        elif self._head and part == ")":
            if self._head == "function":
                self._ends.append(-1)
            self._head = ""
        elif self._head and _NAME.fullmatch(part):
            self._scope.short.setdefault(part, "")

    def _close(self, part: str) -> None:
        if part == "}" and self._ends and self._ends[-1] == self._depth:
            self._ends.pop()
            self._scope = self._scope.above or self._scope
        self._depth -= 1

    def _read_variable(self, part: str) -> None:
        if part == "var":
            self._variables.append((self._scope, self._depth))
            self._is_next_variable = True
        elif self._variables and self._variables[-1] == (self._scope, self._depth):
            if self._is_next_variable and _NAME.fullmatch(part):
                self._scope.short.setdefault(part, "")
            self._is_next_variable = part == "," or (self._is_next_variable and part.isspace())
            if part in (";", "in"):
                self._variables.pop()
        while self._variables and self._depth < self._variables[-1][1]:
            self._variables.pop()
