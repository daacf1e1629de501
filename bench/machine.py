"""The machine and the versions of a run; results are comparable only with them. Used by the command."""

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = ("gunicorn", "gunicorn-h1c", "uvloop", "flask", "gevent", "pymongo", "redis", "rq", "msgspec")
_VERSION = re.compile(r"\d+(\.\d+)+")


def facts(folder: Path) -> dict[str, Any]:
    """Processor, memory, disk, load, kernel, versions. Unknown values are left out."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "filesystem": _filesystem(folder),
        "load": load(),
        "python": platform.python_version(),
        "packages": {name: version for name in _PACKAGES if (version := _package_version(name))},
        "programs": {name: version for name in ("wrk", "nginx") if (version := _program_version(name))},
        "commit": _first_line("git", "rev-parse", "--short", "HEAD"),
    }


def load() -> list[float]:
    """The load average over one, five and fifteen minutes."""
    return [round(value, 2) for value in os.getloadavg()]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), platform.processor())


def _filesystem(folder: Path) -> str:
    return _first_line("stat", "-f", "-c", "%T", str(folder))


def _package_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _program_version(name: str) -> str | None:
    if not shutil.which(name):
        return None
    done = subprocess.run([name, "-v"], capture_output=True, text=True, check=False)
    found = _VERSION.search(done.stdout + done.stderr)
    return found[0] if found else "unknown"


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip().partition("\n")[0]
