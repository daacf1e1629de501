"""What a lead took over by merges, under the present names: custom fields and sources may have been renamed since. Called by `merge`."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.leads.custom_fields import fitting
from tracker.domain.duplicates.merge import MergedValues
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.duplicates.merging import CUSTOM, stored
from tracker.rules.sources.names import present_names

_SOURCE = "source"


def renewed(deps: Deps, lead: Lead) -> Lead:
    """The lead with `merged_values` that compare with its present values. One without any costs no query."""
    if not lead.merged_values:
        return lead
    workspace = deps.store.workspaces.get(lead.workspace)
    names = present_names(deps.store.of(lead.workspace).sources.all())

    def value(name: str, known: Any) -> Any:
        if known is None:
            return None
        if name == _SOURCE:
            return names.get(str(known).casefold(), known)
        field = workspace.custom_field(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else None
        return known if field is None else stored(fitting(field, known)) or None

    return msgspec.structs.replace(lead, merged_values=tuple(_renewed(workspace, one, value) for one in lead.merged_values))


def _renewed(workspace: Workspace, taken: MergedValues, value: Callable[[str, Any], Any]) -> MergedValues:
    def under_present_names(known: Mapping[str, Any]) -> dict[str, Any]:
        return {_name(workspace, name): value(name, one) for name, one in known.items()}

    chosen = tuple(_name(workspace, name) for name in taken.chosen)
    return msgspec.structs.replace(taken, values=under_present_names(taken.values), former=under_present_names(taken.former), chosen=chosen)


def _name(workspace: Workspace, name: str) -> str:
    field = workspace.custom_field(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else None
    return name if field is None else f"{CUSTOM}{field.name}"
