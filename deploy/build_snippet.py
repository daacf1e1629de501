"""Builds the scripts for sites: `python deploy/build_snippet.py` minifies each source beside it. A test says so when that was forgotten."""

import gzip
from pathlib import Path

from rjsmin import jsmin

_FOLDER = Path(__file__).parent.parent / "tracker" / "web" / "edge" / "snippet"
SCRIPTS = ("snippet", "banner")


def built(name: str = "snippet") -> str:
    """The source as it is served, but for the site's own values."""
    return str(jsmin((_FOLDER / f"{name}.js").read_text("utf-8"))) + "\n"


if __name__ == "__main__":
    for script in SCRIPTS:
        text = built(script)
        (_FOLDER / f"{script}.min.js").write_text(text, "utf-8")
        print(f"{script}: {len(text):,} bytes, {len(gzip.compress(text.encode(), 9)):,} gzipped")  # noqa: T201 - the result of a command
