"""Prints how many agents of robots are recognised, and how many of people are not: `python deploy/measure_agents.py`.

Needs npm and pip, which fetch sets of public agents: crawler-user-agents, top-crawler-agents, user-agents, top-user-agents, and the fixtures
of device-detector. `--without NAME …` leaves out lists (robot_list, crawler_list, spider_device), to measure on a set that another list
was made from.
"""

import argparse
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of
from tracker.rules.verdicts.user_agents.robots import shipped_robots

_PEOPLE = frozenset({AgentKind.BROWSER, AgentKind.MAIL_PROGRAM, AgentKind.STRIPPED_WEBKIT})
_PHONES = ("smartphone", "phablet", "tablet")


def _npm(name: str, folder: Path) -> Path:
    packed = subprocess.run(["npm", "pack", name, "--silent"], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603, S607
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder / name, filter="data")
    return folder / name / "package"


def _fixtures(folder: Path) -> Path:
    subprocess.run(  # noqa: S603
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "--no-binary",
            ":all:",
            "device-detector",
            "-d",
            str(folder),
        ],
        check=True,
    )
    with tarfile.open(next(folder.glob("device_detector-*.tar.gz"))) as archive:
        archive.extractall(folder / "fixtures", filter="data")
    return next((folder / "fixtures").rglob("fixtures/upstream"))


def _agents(path: Path, *, browsers_only: bool) -> Iterator[str]:
    """The agents of a fixture file, one entry for each `user_agent:`."""
    for entry in path.read_text("utf-8").split("user_agent: ")[1:]:
        if not browsers_only or re.search(r"type: browser$", entry, re.MULTILINE):
            yield entry.split("\n  ")[0].replace("\n", " ").strip("'\" ")


def _sets(folder: Path) -> Iterator[tuple[str, bool, set[str]]]:
    """Name, whether they are robots, agents."""
    rows = json.loads((_npm("crawler-user-agents", folder) / "crawler-user-agents.json").read_text("utf-8"))
    yield "crawler-user-agents", True, {agent for row in rows for agent in row.get("instances", ())}
    yield "top-crawler-agents", True, set(json.loads((_npm("top-crawler-agents", folder) / "index.json").read_text("utf-8")))
    rows = json.loads((_npm("user-agents", folder) / "dist" / "user-agents.json").read_text("utf-8"))
    yield "user-agents", False, {row["userAgent"] for row in rows}
    yield "top-user-agents", False, set(json.loads((_npm("top-user-agents", folder) / "src" / "index.json").read_text("utf-8")))
    upstream = _fixtures(folder)
    yield "device-detector bots", True, set(_agents(upstream / "bots.yml", browsers_only=False))
    phones = [path for name in _PHONES for path in upstream.glob(f"{name}*.yml")]
    yield "device-detector phones", False, {agent for path in phones for agent in _agents(path, browsers_only=True)}


def main() -> None:
    """Fetches, classifies and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", nargs="*", default=[])
    shipped_robots().leave_out(parser.parse_args().without)
    with tempfile.TemporaryDirectory() as folder:
        for name, are_robots, agents in _sets(Path(folder)):
            machines = sum(agent_of(agent).kind not in _PEOPLE for agent in agents)
            word = "recognised" if are_robots else "called machines"
            print(f"{name:24} {len(agents):6} {'robots' if are_robots else 'people':7} {100 * machines / len(agents):7.2f} % {word}")  # noqa: T201


if __name__ == "__main__":
    main()
