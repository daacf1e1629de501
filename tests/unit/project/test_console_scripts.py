"""The scripts of the console: copies of others are the locked versions, each page loads little, and the page's markup has the keys of the table."""

import gzip
import json
import re
from pathlib import Path

import pytest

from deploy.build_console import FILES, served_versions
from tests.project import ROOT

CONSOLE = ROOT / "tracker/web/console"
STATIC = CONSOLE / "static"
MOST_BYTES = 60 * 1024
_SCRIPT = re.compile(r"<script[^>]*src=\"\{\{ asset\('([^']+)'\) \}\}\"")
_IMPORT = re.compile(r"^import[^;]*?\"(\.[^\"]+)\";", re.MULTILINE | re.DOTALL)


def scripts_of(template: Path) -> list[Path]:
    """The scripts that a template names."""
    return [STATIC / name for name in _SCRIPT.findall(template.read_text("utf-8"))]


def compressed(script: Path) -> int:
    """Its bytes as a server sends them."""
    return len(gzip.compress(script.read_bytes(), 6))


def loaded(scripts: list[Path]) -> set[Path]:
    """These scripts and all that they import."""
    found: set[Path] = set()
    rest = list(scripts)
    while rest:
        script = rest.pop().resolve()
        if script not in found:
            found.add(script)
            rest += [script.parent / name for name in _IMPORT.findall(script.read_text("utf-8"))]
    return found


BASE = CONSOLE / "templates/parts/base.html"
PAGES = [page for page in sorted((CONSOLE / "templates").rglob("*.html")) if page.parent.name != "parts" and scripts_of(page)]


def test_copied_scripts_are_the_locked_ones() -> None:
    """`python deploy/build_console.py` makes them current; each is named in NOTICE.md."""
    known = json.loads((ROOT / "deploy/console_scripts/served.json").read_text("utf-8"))
    assert known == served_versions()
    assert {path.name for path in (STATIC / "js/vendor").iterdir()} == set(FILES.values())
    assert [name for name in FILES.values() if f"| `{name}` |" not in (ROOT / "NOTICE.md").read_text("utf-8")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CONSOLE / "templates").as_posix())
def test_a_page_loads_little_script(page: Path) -> None:
    """The sum of the compressed files, each by itself as they are served, with what every page of the demo loads: at most 60 KB."""
    named = [*scripts_of(BASE), *scripts_of(page)]
    files = loaded(named)
    assert len(files) > 2 * len(named), "what scripts import is counted too"
    assert sum(compressed(file) for file in files) <= MOST_BYTES


def test_what_is_loaded_on_demand_is_small() -> None:
    """The command palette when it is opened, htmx with the first peek panel: not part of a page, and together as small as a page's rest."""
    palette = loaded([STATIC / "js/parts/palette/palette.js"]) - loaded(scripts_of(BASE))
    assert {path.name for path in palette} == {"palette.js", "rank.js"}
    assert sum(compressed(file) for file in palette | {STATIC / "js/vendor/htmx.min.js"}) <= MOST_BYTES // 2


def test_keys_in_the_markup_are_those_of_the_table() -> None:
    """`data-step` with `aria-keyshortcuts`, and the tuples that make them, name the key that js/parts/keys/table.js binds."""
    table = (STATIC / "js/parts/keys/table.js").read_text("utf-8")
    keys = dict(re.findall(r"\"row-(\w+)\": \{ keys: \[\"(\w)\"\]", table))
    text = "\n".join((CONSOLE / f"templates/{name}/rows.html").read_text("utf-8") for name in ("today", "alerts", "board"))
    pairs = re.findall(r"data-step=\"(\w+)\"(?: data-sheet-link)? aria-keyshortcuts=\"(\w)\"", text)
    pairs += re.findall(r"act\(lead, '(\w+)', '[^']+', '\w+', '(\w)'", text) + re.findall(r"\('(\w+)', '\w+', '(\w)'\)", text)
    pairs += re.findall(r"does\(alert, '(\w+)', '[^']+', '\w*', '(\w)'", text)
    assert len(pairs) >= 15
    assert [pair for pair in pairs if keys.get(pair[0]) != pair[1]] == []


def test_htmx_runs_nothing_that_it_fetches() -> None:
    """No `eval`, no inline style, no script in an answer, no request to another host: as the content security policy has it."""
    config = re.search(r"name=\"htmx-config\" content='(\{[^']+\})'", BASE.read_text("utf-8"))
    assert config
    told = json.loads(config[1])
    assert (told["allowEval"], told["includeIndicatorStyles"], told["allowScriptTags"]) == (False, False, False)
    assert told["selfRequestsOnly"] is True
    attributes = [
        page for page in (CONSOLE / "templates").rglob("*.html") if re.search(r"\shx-(on|vars|vals=.js)", page.read_text("utf-8"))
    ]
    assert attributes == []
