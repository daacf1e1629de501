"""`python -m tracker.web.api` writes the table of operations into docs/api.md. A test fails when the table is outdated."""

import sys
from pathlib import Path

from tracker.web.api.app import operations
from tracker.web.api.openapi import table

BEGIN, END = "<!-- calls: written by python -m tracker.web.api -->\n", "<!-- end of calls -->\n"


def updated(page: str) -> str:
    """The page with an up-to-date table."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{table(operations())}{END}{tail}"


def main() -> int:
    """Rewrites the page in place."""
    path = Path("docs/api.md")
    path.write_text(updated(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
