"""What a form that moves a lead asks besides the stage: the reason for Won or Lost, and fields that the stage requires."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from tracker.actions.pipeline.required_fields import is_required
from tracker.domain.leads.field_value import FieldValue
from tracker.domain.workspace.workspace import Workspace
from tracker.web.console.text.field_text import ShownField, empty_field


@dataclass(frozen=True, slots=True)
class MissingField:
    """A custom field without a value, and the ids of the stages that require it."""

    field: ShownField
    stages: tuple[str, ...]


def missing_fields(workspace: Workspace, values: Mapping[str, FieldValue]) -> list[MissingField]:
    """The fields that some stage requires and that have no value."""
    found = []
    for field in workspace.custom_fields:
        stages = tuple(stage.id for stage in workspace.stages if is_required(workspace, field, stage))
        if stages and values.get(field.name) in (None, ""):
            found.append(MissingField(empty_field(field), stages))
    return found


def given_reason(kind: str) -> str | None:
    """The chosen reason of a move to a stage of this kind, or the text beside *Other*."""
    chosen = request.form.get(kind, "").strip() if kind in ("won", "lost") else ""
    return (request.form.get("reason", "").strip() if chosen in ("", "other") else chosen) or None


def given_fields() -> dict[str, Any]:
    """`own` with the custom fields that the form adds to those of the lead; empty where it adds none."""
    pairs = zip(request.form.getlist("field"), map(str.strip, request.form.getlist("value")), strict=False)
    given = {name: value for name, value in pairs if value}
    return {"own": given} if given else {}
