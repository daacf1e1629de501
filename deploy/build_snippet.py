"""Builds the snippet: `python deploy/build_snippet.py` minifies its source beside it. A test says so when that was forgotten."""

import gzip
from pathlib import Path

from rjsmin import jsmin

_FOLDER = Path(__file__).parent.parent / "tracker" / "web" / "edge" / "snippet"


def built() -> str:
    """The source as it is served, but for the site's own values."""
    return str(jsmin((_FOLDER / "snippet.js").read_text("utf-8"))) + "\n"


if __name__ == "__main__":
    text = built()
    (_FOLDER / "snippet.min.js").write_text(text, "utf-8")
    print(f"{len(text):,} bytes, {len(gzip.compress(text.encode(), 9)):,} gzipped")  # noqa: T201 - the result of a command
