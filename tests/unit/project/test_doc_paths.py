"""Paths in the documents: each file and folder of the project that a document names is there."""

import re

from tests.project import ROOT

CREATED = {"bench/results/"}
"""Folders that a command creates."""

_PATH = re.compile(r"(?<![\w/.-])((?:tracker|workers|notifier|bench|tests|deploy|docs)/[\w./-]*[\w/])")


def test_paths_that_documents_name_exist() -> None:
    """A document that names a file which has moved sends its reader nowhere. Decision records tell of their own time."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*.md")]
    missing = [
        f"{page.relative_to(ROOT)}: {path}"
        for page in pages
        if page.name != "CHANGELOG.md" and "decisions" not in page.parts
        for path in _PATH.findall(page.read_text("utf-8"))
        if path not in CREATED and not (ROOT / path).exists()
    ]
    assert missing == []
