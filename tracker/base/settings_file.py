"""The settings file `leadlight.toml`: one table of names and values. Called by `settings`."""

import tomllib
from collections.abc import Container
from pathlib import Path

from tracker.base.errors import BadSetting


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
