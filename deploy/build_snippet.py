"""Builds the scripts for sites: `python deploy/build_snippet.py` minifies their sources. A test says so when that was forgotten.

The snippet is made of several sources, which share one function: later ones may use what earlier ones declare, and the other way
round for functions. The configuration of the site is `known`.
"""

import gzip
from pathlib import Path

import minify

_FOLDER = Path(__file__).parent.parent / "tracker" / "web" / "edge" / "snippet"
SCRIPTS = {
    "snippet": (
        "state",
        "landing",
        "confidential",
        "address",
        "refusals",
        "send",
        "frames",
        "view",
        "input",
        "fields",
        "acts",
        "consent",
        "main",
    ),
    "banner": ("banner",),
}
"""Each script with its sources, in their order."""


def built(name: str = "snippet") -> str:
    """The sources as they are served, but for the site's own values."""
    text = "\n".join((_FOLDER / f"{source}.js").read_text("utf-8") for source in SCRIPTS[name])
    if name == "snippet":
        text = f'(function (known) {{\n"use strict";\n{text}\n}})(__LEADLIGHT__);'
    # What every browser of the last years reads; without a version, newer syntax is used.
    minify.config({"js-version": 2015})
    return str(minify.string("text/javascript", text)) + "\n"


if __name__ == "__main__":
    for script in SCRIPTS:
        text = built(script)
        (_FOLDER / f"{script}.min.js").write_text(text, "utf-8")
        print(f"{script}: {len(text):,} bytes, {len(gzip.compress(text.encode(), 9)):,} gzipped")  # noqa: T201 - the result of a command
