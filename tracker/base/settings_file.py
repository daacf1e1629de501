"""The files with settings: `leadlight.toml`, and `DATA/databases.json`, where `leadlight move` writes to which databases it has moved.

Called by `settings`. `MONGO_URL` and `REDIS_URL` in the settings win over the second.
"""

import json
import os
import secrets
import tomllib
from collections.abc import Container
from pathlib import Path

from tracker.base.errors import BadSetting

_MOVED = ("MONGO_URL", "REDIS_URL")


def read_settings_file(path: Path, known: Container[str]) -> dict[str, str]:
    """The values as text, empty if there is no file. Raises BadSetting for an unreadable file and for an unknown name."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadSetting(str(path), f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(str(path), f"is not TOML ({error})") from error
    for name in table:
        if name not in known:
            raise BadSetting(name, f"is not a setting of Leadlight; see docs/settings.md (found in {path})")
    return {name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in table.items()}


def read_databases(path: Path) -> dict[str, str]:
    """The URLs by setting; empty if nothing was moved. Raises BadSetting for an unreadable file: the old databases must not be used."""
    try:
        found = dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadSetting(str(path), f"cannot be read ({error.strerror}); it may say to which databases Leadlight was moved") from error
    except (ValueError, TypeError) as error:
        raise BadSetting(str(path), "is damaged; it says to which databases Leadlight was moved") from error
    return {name: str(found[name]) for name in _MOVED if found.get(name)}


def write_databases(path: Path, mongo_url: str, redis_url: str) -> None:
    """Writes the file durably, readable by its owner only; `redis_url` may be empty. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(dict(zip(_MOVED, (mongo_url, redis_url), strict=True)), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
