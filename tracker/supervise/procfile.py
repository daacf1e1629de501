"""The Procfile: processes as `name: command` lines, and the order in which they stop."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tracker.base.errors import LeadlightError

# Receivers of requests stop first, then the drain, the workers, the other processes, and the servers last:
# accepted work is finished, and no process loses its database while it runs.
_STOP_STAGES = {"edge": 0, "relay": 1, "drain": 2, "live": 3, "bulk": 3, "notify": 3, "schedule": 3, "mailbox": 3}
_OTHERS = 4
SERVERS = 5


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process. Processes of a lower `stage` stop earlier."""

    name: str
    command: tuple[str, ...]
    stage: int


def read_procfile(path: Path) -> tuple[Program, ...]:
    """The processes of a Procfile in order. Raises LeadlightError with the invalid line."""
    found: dict[str, Program] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, colon, command = (part.strip() for part in line.partition(":"))
        if not colon or not name.replace("_", "").isalnum() or not command or name in found:
            raise LeadlightError(f"{path} line {number} is not `name: command` with a unique name: {line}")
        try:
            found[name] = Program(name, tuple(shlex.split(command)), _STOP_STAGES.get(name, _OTHERS))
        except ValueError as error:
            raise LeadlightError(f"{path} line {number} is not a valid command ({error}): {line}") from error
    return tuple(found.values())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except OSError as error:
        raise LeadlightError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise LeadlightError(f"{path} is not UTF-8 text") from error
