"""Writes tracker/rules/verdicts/data/robots.json: `python deploy/refresh_agents.py`. Needs npm, which fetches the packages.

isbot (Unlicense), crawler-user-agents (MIT) and the device table of uap-core (Apache-2.0). RE2 knows no look-around: those patterns are
rewritten here by hand, and the honest phrases that they exclude are blanked before the lists are searched. A new pattern that RE2 refuses
ends the run, so that it is rewritten and not lost.
"""

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import re2

_TARGET = Path(__file__).parent.parent / "tracker" / "rules" / "verdicts" / "data" / "robots.json"

_REWRITTEN = {
    "(?:^|[^g])news(?!sapphire)": "(?:^|[^g])news",
    "(?<! channel/|google/)google(?!(?:wv|app|/google| pixel))": "google",
    r"(?<! cu)bots?(?:\b|_)": r"bots?(?:\b|_)",
    "(?<!cam)scan": "scan",
    "(?<!lib)http": "http",
    "java(?!;)": "java",
}
"""isbot's pattern with look-around → without."""

_PEOPLE = [
    "newssapphire", " channel/google", "google/google", "google(?:wv|app|/google| pixel|tv| earth| wap proxy|/)?hypersonic",
    "google(?:wv|app|/google| pixel|tv| earth| wap proxy)", r"\bcubots?\b", "camscan", "libhttp", "java;", "javaplatform", "java/jbed",
    r"catcher\d", "chromeframe", "qqdownload", "firephp", "sogou(?:mse|mobilebrowser|search|explorer)", "appcheck", "nextreaming",
    r"\bair\.com\.", "embedded web browser from: http://bsalsa\\.com/", r"\bcom\.[a-z]", "libsonic", "edg/", "silk-accelerated",
]  # fmt: skip
"""Phrases of honest agents that list patterns match."""

_LEFT_OUT = {
    "isbot": {r"\(\)", r"^\d+\b", "chromeframe", "browsex", "offbyone", "^netsurf", "^amaya", "sogou", r"\b\w+/1\.0;"},
    "crawler-user-agents": {
        "Sogou", "Viber", "Sonic", "Fluid", r"008\/", r"RED\/", "speedy", r"NING\/", "Podimo", r"Code\/1\.", r"Trae\/", "MetaIAB Facebook",
        "WhatsApp", r"Notion\/",
        r"AP3A\.240617\.008",
    },
}  # fmt: skip
"""Patterns that match browsers of people, or programs that carry one."""


def _package(name: str, folder: Path) -> tuple[Path, str]:
    """The unpacked npm package and its version."""
    packed = subprocess.run(["npm", "pack", name, "--silent"], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603, S607
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder / name, filter="data")
    root = folder / name / "package"
    return root, str(json.loads((root / "package.json").read_text("utf-8"))["version"])


def _isbot(root: Path) -> list[str]:
    found = re.search(r"patterns_default = (\[.*?\n\]);", (root / "index.mjs").read_text("utf-8"), re.DOTALL)
    if found is None:
        sys.exit("isbot no longer keeps its patterns in index.mjs")
    return [_REWRITTEN.get(pattern, pattern) for pattern in json.loads(found[1])]


def _crawlers(root: Path) -> list[str]:
    return [row["pattern"] for row in json.loads((root / "crawler-user-agents.json").read_text("utf-8"))]


def _spiders(root: Path) -> list[str]:
    """The patterns of the device table that answer *Spider*, but for the last, a list of words that also occur in browsers."""
    text = (root / "regexes.yaml").read_text("utf-8").partition("device_parsers:")[2]
    rows = re.findall(r"- regex: '(.*?)'\n((?:    .*\n)+)", text)
    return [pattern for pattern, row in rows if "device_replacement: 'Spider'" in row][:-1]


def _checked(source: str, patterns: list[str]) -> list[str]:
    """The patterns in use. Ends the run if RE2 refuses one."""
    options = re2.Options()
    options.log_errors = False
    kept = [pattern for pattern in dict.fromkeys(patterns) if pattern not in _LEFT_OUT.get(source, ())]
    for pattern in kept:
        try:
            re2.compile(pattern, options)
        except re2.error as error:
            sys.exit(f"{source}: rewrite {pattern!r} without look-around ({error})")
    return kept


def main() -> None:
    """Fetches, checks and writes."""
    sources = []
    with tempfile.TemporaryDirectory() as folder:
        for name, package, licence, read in (
            ("robot_list", "isbot", "Unlicense", _isbot),
            ("crawler_list", "crawler-user-agents", "MIT", _crawlers),
            ("spider_device", "uap-core", "Apache-2.0", _spiders),
        ):
            root, version = _package(package, Path(folder))
            patterns = _checked(package, read(root))
            sources.append(
                {
                    "name": name,
                    "package": package,
                    "version": version,
                    "licence": licence,
                    "is_case_sensitive": package == "crawler-user-agents",
                    "is_generic": package == "isbot",
                    "patterns": patterns,
                }
            )
    data = {"version": datetime.now(UTC).date().isoformat(), "people": _PEOPLE, "sources": sources}
    _TARGET.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
