"""Copies the scripts of others that the console serves: `python deploy/build_console.py`. Needs npm, which checks them by its lock file.

A test says so when this was forgotten after a new version.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

_FOLDER = Path(__file__).parent / "console_scripts"
_SERVED = Path(__file__).parent.parent / "tracker" / "web" / "console" / "static" / "js" / "vendor"
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "idiomorph/dist/idiomorph.min.js": "idiomorph.min.js",
    "sortablejs/Sortable.min.js": "sortable.min.js",
}
"""What is copied, and its name there."""


def served_versions() -> dict[str, dict[str, str]]:
    """Package, locked version and checksum of each file that is served, by its name there."""
    locked = json.loads((_FOLDER / "package-lock.json").read_text("utf-8"))["packages"]
    found = {}
    for source, served in FILES.items():
        package = source.partition("/")[0]
        version = locked[f"node_modules/{package}"]["version"]
        found[served] = {"package": package, "version": version, "sha256": hashlib.sha256((_SERVED / served).read_bytes()).hexdigest()}
    return found


if __name__ == "__main__":
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=_FOLDER, check=True)  # noqa: S607
    for source, served in FILES.items():
        shutil.copy(_FOLDER / "node_modules" / source, _SERVED / served)
    (_FOLDER / "served.json").write_text(json.dumps(served_versions(), indent=2) + "\n", "utf-8")
