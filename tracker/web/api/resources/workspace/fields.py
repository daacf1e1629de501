"""/fields: the custom fields of leads."""

from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.actions.ops import audit
from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.custom_field import BUILT_IN_FIELDS, CustomField
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.fields import CustomFieldIn, CustomFieldOut, CustomFieldsIn

operations = Operations()
_KEPT = {"type": "kind", "choices": "choices", "currency": "currency", "required_from": "required_from"} | {
    name: name for name in ("in_list", "filterable")
}
"""By name in the request: the attribute that stays where it is not given."""


@operations.add("GET", "/fields", response=List[CustomFieldOut])
def list_fields(call: Call) -> List[CustomFieldOut]:
    """Lists custom fields in order, then names that leads have values for without a definition."""
    return _fields(call, call.workspace)


@operations.add("PUT", "/fields", body=CustomFieldsIn, response=List[CustomFieldOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_fields(call: Call, body: CustomFieldsIn) -> List[CustomFieldOut]:
    """Replaces the custom fields; a renamed field keeps its values, a removed one with values must be named in `removes`."""
    fields = [_field(call.workspace, one) for one in body.items]
    changed = set_custom_fields(call.deps, call.workspace.id, fields, removes=body.removes)
    audit.record_settings(call.deps, call.audit_actor, call.workspace, changed, "fields")
    return _fields(call, changed)


def _field(workspace: Workspace, given: CustomFieldIn) -> CustomField:
    """The field; what is not given of a known field stays."""
    by_name = {field.name.casefold(): field for field in workspace.custom_fields}
    by_id = {field.id: field for field in workspace.custom_fields}
    known = by_id.get(given.id) if given.id else by_name.get(given.name.casefold())
    source = {name: known if known and name not in given.model_fields_set else given for name in _KEPT}
    return CustomField(
        id=known.id if known else "",
        name=given.name,
        former_names=known.former_names if known else (),
        kind=known.kind if known and source["type"] is known else given.type,
        choices=tuple(source["choices"].choices),
        currency=source["currency"].currency or "",
        required_from=source["required_from"].required_from,
        in_list=source["in_list"].in_list,
        filterable=source["filterable"].filterable,
    )


def _fields(call: Call, workspace: Workspace) -> List[CustomFieldOut]:
    leads, owners = call.store.leads, scope(call.viewer)
    known = {field.name for field in workspace.custom_fields} | set(BUILT_IN_FIELDS)
    others = [name for name in leads.field_names(visible_to=owners) if name not in known]
    items = [_defined(workspace, field, leads.count_with_field(field.name, visible_to=owners)) for field in workspace.custom_fields]
    items += [_undefined(name, leads.count_with_field(name, visible_to=owners)) for name in others]
    return List[CustomFieldOut](items=items, next=None)


def _defined(workspace: Workspace, field: CustomField, leads: int) -> CustomFieldOut:
    return CustomFieldOut(
        id=field.id,
        name=field.name,
        type=field.kind.value,
        choices=list(field.choices),
        currency=field.currency or None,
        required_from=workspace.stage_name(field.required_from) if field.required_from else None,
        in_list=field.in_list,
        filterable=field.filterable,
        is_defined=True,
        leads=leads,
    )


def _undefined(name: str, leads: int) -> CustomFieldOut:
    return CustomFieldOut(
        id=None,
        name=name,
        type="text",
        choices=[],
        currency=None,
        required_from=None,
        in_list=False,
        filterable=False,
        is_defined=False,
        leads=leads,
    )
