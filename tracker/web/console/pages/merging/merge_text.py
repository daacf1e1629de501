"""Fields of two leads that are compared, in words."""

from collections.abc import Mapping
from typing import Any

from tracker.domain.leads.field_value import text_of
from tracker.domain.leads.qualification import BUYING_ROLES
from tracker.rules.duplicates.merging import CUSTOM

_LABELS = {
    "job_title": "Job title",
    "buying_role": "Buying role",
    "referred_by": "Referred by",
    "external_url": "Link",
    "dated_facts": "Dates",
    "timezone": "Time zone",
}


def label_of(name: str) -> str:
    """The field's name as people read it."""
    if name.startswith(CUSTOM):
        own = name.removeprefix(CUSTOM)
        return f"{own[:1].upper()}{own[1:]}"
    return _LABELS.get(name, name.capitalize())


def shown_value(name: str, value: Any, reps: Mapping[str, str]) -> str:
    """The value as people read it; empty for none."""
    if value is None or value == []:
        return ""
    if name in ("owner", "buying_role"):
        return (reps if name == "owner" else BUYING_ROLES).get(value, "A former rep")
    if isinstance(value, dict):
        return _of_record(value)
    if isinstance(value, list):
        return "; ".join(f"{one['text']}, {one['day']}" if isinstance(one, dict) else str(one) for one in value)
    return text_of(value)


def _of_record(value: Mapping[str, Any]) -> str:
    """An amount of money, or who referred the lead."""
    if "currency" in value:
        return f"{value['amount'] / 100:,.2f} {value['currency']}"
    return str(value.get("text") or ("Another lead" if value.get("lead") else "A company"))
