"""Runs `mongod` and removes personal data from its log: `python -I -S mongod_log.py PROGRAM ARGUMENTS`.

mongod logs failed and slow operations with their queries and documents; only the Enterprise edition can redact them
(`redactClientLogData`). This process forks a filter and then executes mongod, so process id, signals and exit code are mongod's.
Lines about operations keep only numbers, names and error codes. Uses the standard library only.
"""

import json
import os
import re
import signal
import sys
from typing import Any

_TRUSTED = frozenset({"CONTROL", "NETWORK", "ELECTION", "FTDC", "ASIO", "CONNPOOL", "RECOVERY", "JOURNAL"})
"""Components that log no operations; their lines are unchanged."""
_WIREDTIGER = frozenset({22430, 22435, 22436, 22437})
"""Ids of lines with messages of the storage engine, which contain no field values."""
_NAMES = frozenset({"ns", "namespace", "db", "collection", "uuid", "collectionUUID", "buildUUID", "file", "codeName", "errName", "service"})
"""Attributes whose text is a name or a code."""
_HEAD = ("t", "s", "c", "id", "ctx", "msg")
_CODE = re.compile(r"[A-Za-z0-9]+(?=[:{])")


def filtered(line: bytes) -> bytes:
    """The line without personal data. Lines that are not JSON precede mongod's logging and are unchanged."""
    if not line.startswith(b"{"):
        return line
    try:
        entry = json.loads(line)
        is_trusted = entry.get("c") in _TRUSTED or str(entry.get("c")).startswith("WT") or entry.get("id") in _WIREDTIGER
    except (ValueError, AttributeError, RecursionError):
        return b'{"msg":"an unreadable line was omitted"}\n'
    if is_trusted:
        return line
    kept = {name: entry[name] for name in _HEAD if name in entry}
    if attributes := _kept(entry.get("attr")):
        kept["attr"] = attributes
    return json.dumps(kept, separators=(",", ":")).encode() + b"\n"


def _kept(attributes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in attributes.items() if isinstance(attributes, dict) else ():
        if isinstance(value, bool | int | float) or (name in _NAMES and isinstance(value, str)):
            found[name] = value
        elif name == "error" and isinstance(value, dict):
            found[name] = {key: value[key] for key in ("code", "codeName") if key in value}
        elif name == "error" and isinstance(value, str) and (code := _CODE.match(value)):
            found[name] = code[0]
    return found


def _filter(source: int) -> None:
    """Filters until mongod ends. On a full disk, lines are dropped: mongod must never wait for its log."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with os.fdopen(source, "rb") as lines:
        for line in lines:
            kept = filtered(line)
            try:
                while kept:
                    kept = kept[os.write(1, kept) :]
            except OSError:
                continue


def main(command: list[str]) -> None:
    """Forks the filter and executes the command."""
    source, target = os.pipe()
    if os.fork() == 0:
        os.close(target)
        _filter(source)
        os._exit(0)
    os.close(source)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    os.execv(command[0], command)  # noqa: S606 - the program is found by binaries.py


if __name__ == "__main__":
    main(sys.argv[1:])
