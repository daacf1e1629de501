"""The layout: small folders, small functions, and one meaning for each class name (docs/architecture.md)."""

import ast
from collections import Counter, defaultdict
from pathlib import Path

from tests.project import ROOT

PACKAGES = ("tracker", "workers", "notifier", "bench")
LAYERS = (
    *(
        f"tracker/{name}"
        for name in ("base", "domain", "links", "rules", "spool", "mail", "store", "actions", "cli", "supervise", "embedded")
    ),
    *(f"tracker/{name}" for name in ("web/edge", "web/api", "web/console", "demo", "demo_data")),
    "workers",
    "notifier",
    "bench",
)
MOST_MODULES = 15
LONGEST_FUNCTION = 40
LONGEST_MODULE = 250


def _modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def _layer(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    return max((layer for layer in LAYERS if name.startswith(f"{layer}/")), key=len, default="tracker")


def test_no_folder_is_crowded() -> None:
    """A folder of at most fifteen modules is read at a glance."""
    counts = Counter(path.parent for path in _modules() if path.name != "__init__.py")
    assert {str(folder.relative_to(ROOT)): n for folder, n in counts.items() if n > MOST_MODULES} == {}


def test_no_class_name_stands_twice_in_a_layer() -> None:
    """A name means one thing; a private class counts by its name without the underscore."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[_layer(path), node.name.lstrip("_")].append(path.relative_to(ROOT).as_posix())
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_functions_and_modules_are_short() -> None:
    """At most forty lines a function and 250 a module; nine functions of ten have at most 25 lines."""
    long, lengths = [], []
    for path in _modules():
        text = path.read_text("utf-8")
        if text.count("\n") > LONGEST_MODULE:
            long.append(path.relative_to(ROOT).as_posix())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths.append((node.end_lineno or node.lineno) - node.lineno + 1)
                if lengths[-1] > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT).as_posix()}:{node.name}")
    assert long == []
    assert sorted(lengths)[len(lengths) * 9 // 10] <= 25
