"""The confirmation of a change, with *Undo* where it can be undone: for a script as JSON, for a browser above the next page."""

from flask import flash, jsonify, redirect
from werkzeug.wrappers import Response

from tracker.web.console.errors import wants_json

UNDO = "undo:"
"""Begins the category of a flashed text that has *Undo*; the change's id follows."""


def confirmed(text: str, change: str | None, page: str, after: str = "") -> Response:
    """The answer to a form that changed something; `page` is shown next. `after`: the step after which *What next?* is asked."""
    if wants_json():
        return jsonify({"text": text, "change": change} | ({"after": after} if after else {}))
    if text:
        flash(text, f"{UNDO}{change}" if change else "ok")
    return redirect(page, 303)
