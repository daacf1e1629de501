"""What a form showed of the fields that it changes, sent along as `was-FIELD` (`seen_text`)."""

from flask import request

_WAS = "was-"


def seen_values() -> dict[str, str]:
    """What the person saw, by field; empty for a form that does not say."""
    return {name.removeprefix(_WAS): value for name, value in request.form.items() if name.startswith(_WAS)}
