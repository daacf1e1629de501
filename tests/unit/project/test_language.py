"""The words of the project: comments, docstrings, documents, templates and the names we define use standard terms (docs/glossary.md)."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import ROOT

NOT_TO_USE = {
    "whoever": "a subject that is a thing: a client, a rep, a process",
    "whosoever": "a subject that is a thing",
    "whomever": "the person or thing itself",
    "somebody": "a person, a rep, another process",
    "nobody": "no one, no rep, no process",
    "siege": "load, attack",
    "dawdle": "slow client",
    "dawdles": "is slow",
    "dawdled": "was slow",
    "dawdling": "slow",
    "dawdler": "slow client",
    "mending": "repair",
    "door": "listener, limit, connection",
    "doors": "listeners, servers",
    "ear": "receiver",
    "ears": "receivers",
    "house": "stack, servers",
    "houses": "stacks",
    "guest": "client, connection",
    "guests": "clients, connections",
    "courier": "delivery",
    "couriers": "deliveries",
    "teller": "fallback, text builder",
    "tellers": "fallbacks",
    "peace": "idle, at rest",
    "stray": "single, left over",
    "lane": "queue",
    "lanes": "queues",
    "sitting": "session",
    "sittings": "sessions",
}
"""Each word, and what to write in its place."""

EXCEPTIONS = {
    ("tests/unit/project/test_language.py", "*"): "the list itself",
    ("docs/glossary.md", "*"): "the glossary names words to avoid",
}
"""Pairs of file and word (or `*`) that may stay, with the reason."""

_WORD = re.compile(r"[A-Za-z]+")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def _tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Docstrings of modules, classes and functions, and the strings that stand below a value as its description."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The names that this module defines: classes, functions, parameters, variables, attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


def _words_of_python(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text("utf-8")
    if NOT_TO_USE.keys().isdisjoint({word.lower() for word in _WORD.findall(text)} | {word.lower() for word in _PARTS.findall(text)}):
        return  # parsing takes ten times as long as this look
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield from ((token.start[0], word) for word in _WORD.findall(token.string))
    tree = ast.parse(text)
    for line, docstring in _docstrings(tree):
        yield from ((line, word) for word in _WORD.findall(docstring))
    for line, name in _names(tree):
        yield from ((line, word) for word in _PARTS.findall(name))


def _words_of_text(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        yield from ((number, word) for word in _WORD.findall(line))


def _found(name: str, words: Iterator[tuple[int, str]]) -> list[str]:
    return [
        f"{name}:{line} {word}: write {NOT_TO_USE[word.lower()]}"
        for line, word in words
        if word.lower() in NOT_TO_USE and (name, "*") not in EXCEPTIONS and (name, word.lower()) not in EXCEPTIONS
    ]


def test_python_uses_standard_terms() -> None:
    """Comments, docstrings and the names defined in every module."""
    assert [each for name in _tracked("*.py") for each in _found(name, _words_of_python(ROOT / name))] == []


@pytest.mark.parametrize(
    "pattern", ["*.md", "*.html", "*.js", "*.css", "*.sh", "*.conf", "*.toml", "*.yaml", "Makefile", "deploy/Caddyfile"]
)
def test_documents_and_templates_use_standard_terms(pattern: str) -> None:
    """Every word of them counts, since readers see them."""
    assert [each for name in _tracked(pattern) for each in _found(name, _words_of_text(ROOT / name))] == []
