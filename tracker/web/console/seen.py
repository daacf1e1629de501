"""What a form showed of the fields that it changes, sent along as `was-FIELD` (`seen_text`)."""

from typing import Any

import msgspec
from flask import request

_WAS = "was-"


def seen_values() -> dict[str, str]:
    """What the person saw, by field; empty for a form that does not say."""
    found = {name.removeprefix(_WAS): value for name, value in request.form.items() if name.startswith(_WAS)}
    return {name: value for name, value in found.items() if decoded(value, Any, msgspec.UNSET) is not msgspec.UNSET}


def decoded(seen: str | None, kind: Any, default: Any = None) -> Any:
    """The value that was seen; the default where the form does not say, or what it says is not of this kind."""
    try:
        return default if seen is None else msgspec.json.decode(seen, type=kind)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return default
