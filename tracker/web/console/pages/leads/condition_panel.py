"""What the filter panel of the leads list offers: fields, comparisons in words, values to pick from."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from tracker.actions.leads import lists
from tracker.domain.leads.qualification import BUYING_ROLES
from tracker.rules.conditions.describe import comparison_words
from tracker.rules.conditions.fields import CUSTOM, FIELDS, Comparison, ConditionField, ConditionKind, field_named
from tracker.rules.conditions.lower import ME
from tracker.rules.fit.fit_values import FIT_FIELDS, choices
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.leads.condition_rows import ConditionRow
from tracker.web.console.pages.leads.current_list import CurrentList, may_change
from tracker.web.console.text.quadrants import QUADRANTS

_DATES = (Comparison.BEFORE, Comparison.AFTER)
_WITHOUT_VALUE = (Comparison.IS_SET, Comparison.IS_EMPTY)
_TWO = (("yes", "Yes"), ("no", "No"))
Options = list[tuple[str, str]]


def panel(current: CurrentList) -> dict[str, Any]:
    """The values of the template."""
    return {
        "current": current,
        **condition_choices(current.rows),
        "condition_words": lists.in_words(deps(), current_user().viewer, current.condition) if current.condition else "",
        "may_change_list": may_change(current.saved),
    }


def condition_choices(
    rows: Sequence[ConditionRow], allowed: Callable[[str], bool] = lambda _: True, *, is_for_all: bool = False
) -> dict[str, Any]:
    """The rows and an empty one, each with comparisons and values to choose from.

    `allowed`: which fields are offered. `is_for_all`: the condition has no reader, so that no one is *Me*.
    """
    fields = [field for field in _fields(rows) if allowed(field.name)]
    options = {field.name: [one for one in _options(field) if not (is_for_all and one[0] == ME)] for field in fields}
    words = {field.name: [(one.value, _words(one, field)) for one in field.comparisons] for field in fields}
    return {
        "condition_fields": [("", "Choose a field"), *((field.name, field.label) for field in fields)],
        "condition_rows": [(row, words.get(row.field, []), _shown(row, options.get(row.field, []))) for row in [*rows, ConditionRow("", "", "")]],
        "all_comparisons": [(one.value, _words(one, None)) for one in Comparison],
        "condition_data": json.dumps({
            "words": words,
            "options": {name: found for name, found in options.items() if found},
            "numbers": [field.name for field in fields if field.kind in (ConditionKind.NUMBER, ConditionKind.AGE)],
        }),
    }  # fmt: skip


def _fields(rows: Sequence[ConditionRow]) -> list[ConditionField]:
    """Fields with a name of their own, the workspace's custom ones, and others that the rows name."""
    own = [field_named(CUSTOM + field.name) for field in current_user().workspace.custom_fields]
    named = [field_named(row.field) for row in rows]
    found = {field.name: field for field in (*FIELDS.values(), *own, *named) if field is not None}
    return list(found.values())


def _words(comparison: Comparison, field: ConditionField | None) -> str:
    words = comparison_words(comparison, field.kind if field else ConditionKind.TEXT)
    return words.replace(" {} days", " … days").replace("{}", "").strip()


def _shown(row: ConditionRow, options: Options) -> tuple[str, Options]:
    """How the value is entered: `none`, `select` with options, `date`, `text`."""
    if row.comparison in _WITHOUT_VALUE:
        return "none", []
    if row.comparison in _DATES:
        return "date", []
    if options and row.comparison in (Comparison.IS, Comparison.IS_NOT):
        known = any(value == row.value for value, _ in options)
        return "select", options if known or not row.value else [(row.value, row.value), *options]
    return "text", []


def _options(field: ConditionField) -> Options:
    """The values to pick from; none where any text will do."""
    workspace = current_user().workspace
    fit = "location" if field.name == "country" else field.name
    if fit in FIT_FIELDS:
        return [(value, value) for value in choices(fit)]
    if field.name == "owner":
        return [("me", "Me"), ("none", "No owner"), *((rep.id, rep.name) for rep in workspace_store().reps.active())]
    if field.kind is ConditionKind.YES_NO:
        return list(_TWO)
    sources = [source.name for source in workspace_store().sources.all()] if field.name == "source" else []
    known = {
        "stage": [(stage.id, stage.name) for stage in workspace.stages],
        "buying_role": list(BUYING_ROLES.items()),
        "category": [(one, one) for one in workspace.categories],
        "source": [(source, source) for source in sources],
        "quadrant": [(key, quadrant.label) for key, quadrant in QUADRANTS.items()],
    }
    return known.get(field.name, [(value, value.capitalize()) for value in field.choices])
