"""The DATA folder of a running Leadlight: its folders, its instance lock, and the environment of its processes."""

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
from tracker.supervise.procfile import Program

HOME = Path(tracker.__file__).resolve().parent.parent
"""The folder of the Procfile and of deploy/."""


def ensure_folder(path: Path) -> Path:
    """Creates the folder if it is missing. Raises LeadlightError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LeadlightError(f"cannot create the folder {path} ({error.strerror})") from error
    return path


def ensure_private_folder(path: Path) -> Path:
    """Creates a folder with mode 0700, or sets the mode of an existing one. Raises LeadlightError if another user owns it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        is_ours = path.lstat().st_uid == os.getuid() and not path.is_symlink()
    except OSError as error:
        raise LeadlightError(f"cannot create the folder {path} ({error.strerror})") from error
    if not is_ours:
        raise LeadlightError(f"{path} belongs to another user of this machine; remove it, or set DATA to another folder")
    return path


@contextlib.contextmanager
def instance_lock(settings: Settings) -> Iterator[None]:
    """Locks the DATA folder for this process. Raises LeadlightError if another Leadlight uses it."""
    lock_path = ensure_private_folder(settings.data / "run") / "up.lock"
    with lock_path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            url = lock.read().strip() or settings.public_url
            raise LeadlightError(f"Leadlight is already running with DATA {settings.data}: {url}. See `leadlight ps`.") from None
        lock.truncate(0)
        lock.write(settings.public_url)
        lock.flush()
        yield


def refuse_foreign_owner(folder: Path) -> None:
    """Raises LeadlightError for root in another user's folder, because Leadlight could not read files that root creates there."""
    if os.geteuid() != 0:
        return
    try:
        owner = folder.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise LeadlightError(f"cannot read the folder {folder} ({error.strerror})") from error
    if owner != 0:
        raise LeadlightError(
            f"{folder} belongs to user {_user(owner)}; run this command as that user, for example with `sudo -u {_user(owner)}`"
        )


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


def environment(settings: Settings) -> dict[str, str]:
    """The environment of all processes: the current one, the effective settings, and PATH with our programs first."""
    metrics = metrics_dir.empty(metrics_dir.in_memory(settings) or ensure_private_folder(settings.data / "run" / "metrics"))
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PYTHONUNBUFFERED": "1",
        "LEADLIGHT_CONFIG": os.devnull,  # its values are in the variables already
    }
    return {**os.environ, **as_environment(settings), **own}


def resolve_program(program: Program, path: str) -> Program:
    """The program with the full path of its executable. Raises LeadlightError if there is none."""
    found = shutil.which(program.command[0], path=path)
    if not found:
        raise LeadlightError(f"process {program.name}: {program.command[0]} is not installed; run `make up`, which installs it")
    return Program(program.name, (found, *program.command[1:]), program.stage)


def health_probe(host: str, port: int) -> Callable[[], bool]:
    """A function that returns whether `/healthz` currently responds 200."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)

    def is_healthy() -> bool:
        connection = http.client.HTTPConnection(target, port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return is_healthy
