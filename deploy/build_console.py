"""Copies the scripts of others that the console serves: `python deploy/build_console.py`. Needs npm, which checks them by its lock file.

A test says so when this was forgotten after a new version.
"""

import shutil
import subprocess
from pathlib import Path

_FOLDER = Path(__file__).parent / "console_scripts"
_SERVED = Path(__file__).parent.parent / "tracker" / "web" / "console" / "static" / "js" / "vendor"
FILES = {"sortablejs/Sortable.min.js": "sortable.min.js"}
"""What is copied, and its name there."""

if __name__ == "__main__":
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=_FOLDER, check=True)  # noqa: S607
    for source, served in FILES.items():
        shutil.copy(_FOLDER / "node_modules" / source, _SERVED / served)
