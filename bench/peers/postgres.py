"""A temporary PostgreSQL server, if PostgreSQL is installed. Used for django-mail-analytics."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.targets.process import child_process

_FOLDERS = "/usr/lib/postgresql"


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, newest version first; None if there is no PostgreSQL."""
    known = sorted(Path(_FOLDERS).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    found = str(known[0]) if known else shutil.which("initdb")
    return Path(found).parent if found else None


def account() -> str | None:
    """The account to run PostgreSQL as if we are root, which it refuses; None if there is none."""
    if os.getuid():
        return None
    return next((name for name in ("postgres", "nobody") if any(entry.pw_name == name for entry in pwd.getpwall())), None)


@contextlib.contextmanager
def postgres(bin_folder: Path, logs: Path) -> Iterator[str]:
    """A new cluster with default settings, on a Unix socket only; yields the socket's folder."""
    user = account()
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-", dir=tempfile.gettempdir()))
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run([bin_folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust"], check=True, capture_output=True, user=user)
        command = [str(bin_folder / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses="]
        with child_process("postgres", command, logs, user=user) as process:
            ready = [str(bin_folder / "pg_isready"), "-h", str(folder), "-q"]
            process.wait_until(lambda: subprocess.run(ready, check=False).returncode == 0)
            yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
