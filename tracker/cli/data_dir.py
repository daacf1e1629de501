"""The folders of one running Leadlight, the lock that keeps a second one out, and what its processes are given."""

import contextlib
import fcntl
import http.client
import os
import pwd
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import tracker
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings, as_environment
from tracker.cli import metrics_dir
from tracker.supervise import Program

HOME = Path(tracker.__file__).resolve().parent.parent
"""Where the Procfile and deploy/ are."""


def folder(path: Path) -> Path:
    """Makes a folder, or takes the one that is there, be it by a link. Raises LeadlightError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LeadlightError(f"cannot make the folder {path} ({error.strerror})") from error
    return path


def private_folder(path: Path) -> Path:
    """Makes a folder that only we can enter. Raises LeadlightError if it exists and is not ours alone."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        is_ours = path.lstat().st_uid == os.getuid() and not path.is_symlink()
    except OSError as error:
        raise LeadlightError(f"cannot make the folder {path} ({error.strerror})") from error
    if not is_ours:
        raise LeadlightError(f"{path} belongs to another user of this machine; have it removed, or set DATA to another folder")
    return path


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Holds the DATA folder for this process. Raises LeadlightError if another Leadlight runs with it."""
    lock_path = private_folder(settings.data / "run") / "up.lock"
    with lock_path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or settings.public_url
            raise LeadlightError(f"Leadlight is already running with DATA {settings.data}: {where}. See `leadlight ps`.") from None
        lock.truncate(0)
        lock.write(settings.public_url)
        lock.flush()
        yield


def refuse_foreign(folder: Path) -> None:
    """Raises LeadlightError where root would leave files in another user's folder that Leadlight, running as that user, cannot read."""
    if os.geteuid() != 0:
        return
    try:
        owner = folder.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise LeadlightError(f"cannot look at the folder {folder} ({error.strerror})") from error
    if owner != 0:
        raise LeadlightError(f"{folder} belongs to user {_user(owner)}; run this as that user, for instance with `sudo -u {_user(owner)}`")


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


def environment(settings: Settings) -> dict[str, str]:
    """What every process is given: our own environment, the effective settings, our programs first on PATH."""
    metrics = metrics_dir.empty(metrics_dir.in_memory(settings) or private_folder(settings.data / "run" / "metrics"))
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PYTHONUNBUFFERED": "1",
        "LEADLIGHT_CONFIG": os.devnull,  # all it says is in the variables already
    }
    return {**os.environ, **as_environment(settings), **own}


def on_path(program: Program, path: str) -> Program:
    """The same program with the full path of what it runs. Raises LeadlightError if there is none."""
    found = shutil.which(program.command[0], path=path)
    if not found:
        raise LeadlightError(f"process {program.name}: there is no program {program.command[0]}; run `make up`, which installs it")
    return Program(program.name, (found, *program.command[1:]), program.stage)


def is_healthy(host: str, port: int) -> Callable[[], bool]:
    """A question: does `/healthz` answer 200 there now?"""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)

    def look() -> bool:
        connection = http.client.HTTPConnection(here, port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return look
