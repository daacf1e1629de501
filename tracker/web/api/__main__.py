"""`python -m tracker.web.api` writes the table of calls into docs/api.md; a test says when it is stale."""

import sys
from pathlib import Path

from tracker.web.api.app import operations
from tracker.web.api.openapi import table

BEGIN, END = "<!-- calls: written by python -m tracker.web.api -->\n", "<!-- end of calls -->\n"


def written(page: str) -> str:
    """The page with the table as it is now."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{table(operations())}{END}{tail}"


def main() -> int:
    """Rewrites the page in place."""
    path = Path("docs/api.md")
    path.write_text(written(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
