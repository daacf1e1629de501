"""Custom fields that a lead needs from a stage on. Checked when people and programs move a lead; rules move it without."""

from collections.abc import Mapping

from tracker.base.errors import Invalid
from tracker.domain.leads.field_value import FieldValue
from tracker.domain.workspace.custom_field import CustomField
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace


def check_required(workspace: Workspace, target: Stage, fields: Mapping[str, FieldValue]) -> None:
    """Raises Invalid (`fields.NAME`) where a lead with these fields lacks one that the stage requires."""
    for field in workspace.custom_fields:
        if is_required(workspace, field, target) and fields.get(field.name) in (None, ""):
            raise Invalid(f"fields.{field.name}", f"is required from {workspace.stage_name(field.required_from or '')} on")


def is_required(workspace: Workspace, field: CustomField, stage: Stage) -> bool:
    """Whether a lead in this stage needs a value. A field of a removed stage follows its leads."""
    if field.required_from is None or stage.kind == "lost":
        return False
    moved = {former.stage.id: former.to for former in workspace.former_stages}
    first = workspace.stage_index(moved.get(field.required_from, field.required_from))
    return 0 <= first <= workspace.stage_index(stage.id)
