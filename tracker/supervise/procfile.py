"""The list of processes: `name: command` lines, and the order in which they stop."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tracker.base.errors import LeadlightError

# Doors close first, then what feeds the workers, then the workers, then what people look at, the servers last:
# so that nothing accepted is left half way, and nothing loses its database while it still works.
_STOP_STAGES = {"edge": 0, "relay": 1, "drain": 2, "live": 3, "bulk": 3, "notify": 3, "schedule": 3}
_OTHERS = 4
SERVERS = 5


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep alive. `stage`: processes of a lower stage are stopped earlier."""

    name: str
    command: tuple[str, ...]
    stage: int


def read_procfile(path: Path) -> tuple[Program, ...]:
    """The processes of a Procfile in its order. Raises LeadlightError, naming the line that is none."""
    found: dict[str, Program] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, colon, command = (part.strip() for part in line.partition(":"))
        if not colon or not name.replace("_", "").isalnum() or not command or name in found:
            raise LeadlightError(f"{path} line {number} is not `name: command` with a name of its own: {line}")
        try:
            found[name] = Program(name, tuple(shlex.split(command)), _STOP_STAGES.get(name, _OTHERS))
        except ValueError as error:
            raise LeadlightError(f"{path} line {number} is no command ({error}): {line}") from error
    return tuple(found.values())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except OSError as error:
        raise LeadlightError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise LeadlightError(f"{path} is not UTF-8 text") from error
