"""Rows of the CSV export of leads, with columns that an import reads back. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from tracker.base.money import typed_money
from tracker.domain.leads.field_value import text_of
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace

_PLAIN = ("email", "name", "company", "phone", "job_title", "country", "timezone", "source", "source_detail", "lost_reason", "external_url")
_HEADER = (*_PLAIN, "owner", "stage", "tags", "value", "value_currency", "next_action", "next_action_due", "score", "last_seen", "created")


def export_header(leads: Iterable[Lead]) -> tuple[str, ...]:
    """The titles: the lead's own fields, then every custom field that one of the leads has."""
    return (*_HEADER, *sorted({name for lead in leads for name in lead.fields} - set(_HEADER)))


def export_row(lead: Lead, header: Sequence[str], workspace: Workspace, owners: Mapping[str, str]) -> list[str]:
    """The lead's cells under this header. `owners`: email addresses by the id of the rep."""
    action, seen = lead.next_action, lead.derived.last_seen_at
    cells = {name: str(getattr(lead, name) or "") for name in _PLAIN} | {
        "owner": owners.get(lead.owner or "", ""),
        "stage": workspace.stage_name(lead.stage),
        "tags": "; ".join(lead.tags),
        "value": typed_money(lead.value.amount, lead.value.currency) if lead.value else "",
        "value_currency": lead.value.currency if lead.value else "",
        "next_action": action.text if action else "",
        "next_action_due": action.due.isoformat() if action and action.due else "",
        "score": str(lead.derived.score),
        "last_seen": seen.isoformat() if seen else "",
        "created": lead.created_at.isoformat(),
    }
    own = {name: text_of(value) for name, value in lead.fields.items() if name not in cells}
    return [(own | cells).get(name, "") for name in header]
