"""Sent forms in page events: the values that a site allows, and what identifies a form. Used by page_events."""

import msgspec

from tracker.domain.activity.form import FormField, FormShape
from tracker.spool.policy import SitePolicy
from tracker.web.edge.page_values import CONTROL, LINE_BREAKS, single_line

MOST_FIELDS = 50
MOST_SHAPE_FIELDS = 30
"""Fields of which type and name are kept to identify a form."""

_FIELD_NAME, _FIELD_VALUE = 100, 2_000
_SHAPE_NAME, _SHAPE_TYPE, _SHAPE_ACTION = 64, 20, 200


class SentShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What identifies a sent form: its attributes, and type and name of its fields."""

    id: str = ""
    action: str = ""
    fields: list[str] = []
    """`email your-email`: the type, a space and the name."""


def allowed_fields(fields: dict[str, str], site: SitePolicy) -> dict[str, str]:
    """The names of all fields, and the values of those that the workspace allows."""
    kept = {}
    for name, value in list(fields.items())[:MOST_FIELDS]:
        short = name.translate(CONTROL).translate(LINE_BREAKS)[:_FIELD_NAME]
        kept[short] = value.translate(CONTROL)[:_FIELD_VALUE] if short.lower() in site.fields else ""
    return kept


def shape_of(found: SentShape) -> FormShape:
    """What identifies the form, cut. A password field has no name."""
    parts = (field.partition(" ") for field in found.fields[:MOST_SHAPE_FIELDS])
    return FormShape(
        id=single_line(found.id, _SHAPE_NAME) or "",
        action=single_line(found.action, _SHAPE_ACTION) or "",
        fields=tuple(
            FormField(single_line(kind, _SHAPE_TYPE) or "", "" if kind == "password" else single_line(name, _SHAPE_NAME) or "")
            for kind, _, name in parts
        ),
    )
