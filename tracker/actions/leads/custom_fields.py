"""Definitions of custom fields, changed as a whole. The values of leads follow a new name, a new kind and a removal."""

from collections.abc import Callable, Collection, Iterable

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.leads.custom_values import checked_value
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.leads.field_value import FieldValue, text_of
from tracker.domain.workspace.custom_field import BUILT_IN_FIELDS, CustomField, FieldKind
from tracker.domain.workspace.workspace import Workspace

_MOST = 60
_MOST_CHOICES = 100
_MOST_FORMER_NAMES = 10
_BATCH = 500
_PASSES = 3
Change = Callable[[dict[str, FieldValue]], dict[str, FieldValue]]


def set_custom_fields(
    deps: Deps, workspace: str, fields: Iterable[CustomField], *, removes: Collection[str] = (), version: int | None = None
) -> Workspace:
    """Replaces the definitions. One with the id, or else the name, of a known field is that field; others are new.

    `removes`: names of fields whose values are removed from leads, also of names without a definition. Raises Invalid for a removed field
    with values that is not named there; Conflict. Values that do not fit a new kind stay as text. Rewriting 100,000 leads takes about a minute;
    a repeated call continues an interrupted one.
    """
    known = deps.store.workspaces.get(workspace)
    checks.version(known.version, version)
    new = _checked(known, fields)
    kept = {field.id for field in new}
    gone = [field.name for field in known.custom_fields if field.id not in kept]
    wanted = {name.casefold() for name in removes}
    for name in gone:
        count = deps.store.of(workspace).leads.count_with_field(name)
        if count and name.casefold() not in wanted:
            raise Invalid("fields", f"must name {name} in removes: {count:,} {'leads lose' if count > 1 else 'lead loses'} a value")
        wanted.add(name.casefold())  # merged leads may have values, which an undo would bring back
    changed = deps.store.workspaces.change(workspace, version=known.version, custom_fields=new)
    _follow(deps, known, changed, wanted)
    return changed


def _checked(known: Workspace, given: Iterable[CustomField]) -> tuple[CustomField, ...]:
    fields = tuple(_checked_field(known, field) for field in given)
    names = {field.name.casefold() for field in fields}
    if len(names) < len(fields) or len({field.id for field in fields}) < len(fields):
        raise Invalid("fields", "must have different names")
    if len(fields) > _MOST:
        raise Invalid("fields", f"must be {_MOST} at most")
    former = {field.name.casefold(): field.id for field in known.custom_fields}
    if any(former.get(field.name.casefold(), field.id) != field.id for field in fields):
        raise Invalid("fields", "cannot take the name of another field in the same step")
    return tuple(_without(field, names) for field in fields)


def _without(field: CustomField, names: Collection[str]) -> CustomField:
    """The field without former names that a field has now."""
    return msgspec.structs.replace(field, former_names=tuple(name for name in field.former_names if name.casefold() not in names))


def _checked_field(known: Workspace, field: CustomField) -> CustomField:
    name = checks.field_name("fields", checks.line("fields", field.name, longest=60))
    if name.casefold() in BUILT_IN_FIELDS:
        raise Invalid("fields", f"cannot define {name}, which is built in")
    same = next((one for one in known.custom_fields if one.id == field.id), None) if field.id else None
    same = same or next((one for one in known.custom_fields if one.name.casefold() == name.casefold() and not field.id), None)
    choices = tuple(dict.fromkeys(checks.line("fields", choice, longest=200) for choice in field.choices))
    if field.kind is FieldKind.CHOICE and not 0 < len(choices) <= _MOST_CHOICES:
        raise Invalid("fields", f"must have from 1 to {_MOST_CHOICES} choices for {name}")
    former = () if same is None else same.former_names
    if same is not None and same.name != name:
        former = (*(one for one in former if one != same.name), same.name)[-_MOST_FORMER_NAMES:]
    return msgspec.structs.replace(
        field,
        id=same.id if same else new_id(),
        name=name,
        choices=choices if field.kind is FieldKind.CHOICE else (),
        currency=checks.currency("fields", field.currency or "EUR") if field.kind is FieldKind.MONEY else "",
        required_from=_stage(known, field.required_from),
        former_names=former,
    )


def _stage(known: Workspace, text: str | None) -> str | None:
    if not text:
        return None
    found = known.stage_named(text)
    if found is None:
        raise Invalid("fields", f"can be required from one of {', '.join(stage.name for stage in known.stages)}")
    return found.id


def _follow(deps: Deps, known: Workspace, changed: Workspace, removed: Collection[str]) -> None:
    """Rewrites the values of leads: removed ones, those under another name or spelling, and those of another kind."""
    former = {field.id: (field.kind, field.choices) for field in known.custom_fields}
    for name in deps.store.of(changed.id).leads.field_names(with_merged=True):
        field = changed.custom_field(name)
        is_present = field is not None and field.name.casefold() == name.casefold()
        if name.casefold() in removed and not is_present:
            _rewrite(deps, changed.id, name, _removal(name))
        elif field is not None and (field.name != name or former.get(field.id) != (field.kind, field.choices)):
            _rewrite(deps, changed.id, name, _renewal(name, field))


def _removal(name: str) -> Change:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


def _renewal(name: str, field: CustomField) -> Change:
    def change(fields: dict[str, FieldValue]) -> dict[str, FieldValue]:
        """Under the present name, in the present kind where it fits; a value that stands there already stays."""
        renewed = {field.name if key == name else key: fitting(field, value) if key == name else value for key, value in fields.items()}
        return renewed | ({field.name: fields[field.name]} if name != field.name and field.name in fields else {})

    return change


def fitting(field: CustomField, value: FieldValue) -> FieldValue:
    """The value as the field has it, or as text where it does not fit."""
    try:
        found = checked_value(field, value)
    except Invalid:
        return text_of(value)
    return "" if found is None else found


def _rewrite(deps: Deps, workspace: str, name: str, change: Change) -> None:
    """Changes the fields of every lead with this one, also of merged ones. Leads that change meanwhile are changed in another pass."""
    here = deps.store.of(workspace)
    for _ in range(_PASSES):
        ids = here.leads.ids_with_field(name)
        for start in range(0, len(ids), _BATCH):
            found = here.leads.own_by_ids(ids[start : start + _BATCH]).values()
            saves = [(lead, change(lead.fields)) for lead in found]
            here.leads.set_fields([(lead, fields) for lead, fields in saves if fields != lead.fields], deps.now())
