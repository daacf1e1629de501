"""One row of an imported file: which column is which field, and a lead's values from the cells."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tracker.actions.leads import csv_cells
from tracker.actions.leads.fields import checked
from tracker.actions.pipeline import stages, tasks
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import NextAction
from tracker.domain.workspace.workspace import Workspace

_NAMES = {
    "email": "email emailaddress mail emailadresse mailaddress workemail primaryemail courriel correo",
    "name": "name fullname contact contactname leadname displayname kontakt nombre nom",
    "first": "firstname givenname vorname forename prenom",
    "last": "lastname surname familyname nachname apellido",
    "company": "company companyname organisation organization account firma employer business empresa",
    "phone": "phone phonenumber telephone tel mobile mobilephone telefon cell",
    "job_title": "jobtitle title position role jobrole funktion",
    "country": "country land countryregion pais pays",
    "timezone": "timezone tz zeitzone",
    "tags": "tags tag labels label",
    "source": "source leadsource quelle origin",
    "source_detail": "sourcedetail referredby referrer campaign",
    "owner": "owner rep salesrep leadowner assignedto ownerid owneremail",
    "stage": "stage leadstage pipeline status leadstatus",
    "lost_reason": "lostreason reason",
    "action_text": "nextaction nextactiontext nextstep nexttask",
    "action_due": "nextactiondue nextactiondate duedate due nextstepdate",
    "external_url": "externalurl crmurl link url linkedin profile",
}
_MEANING = {spelling: field for field, spellings in _NAMES.items() for spelling in spellings.split()}
_SKIPPED = {"line", "problem"}
"""Columns that our own error file adds."""
_TAG_SPLIT = re.compile(r"[,;|]")


def columns(header: Sequence[str]) -> dict[int, str]:
    """Which column is which field; others become own fields, as `fields.<name>`. Raises Invalid where no email is to be found."""
    found: dict[int, str] = {}
    for index, title in enumerate(header):
        key = re.sub(r"[\W_]+", "", title).casefold()
        field = _MEANING.get(key)
        if field and field not in found.values():
            found[index] = field
        elif title and key not in _SKIPPED:
            found[index] = f"fields.{title[:60].replace('.', ' ').lstrip('$ ')}"
    if "email" not in found.values():
        shown = ", ".join(title[:40] for title in header[:8])
        raise Invalid("file", f"has no column for email addresses. Its columns are: {shown}")
    return found


def values_of(cells: Sequence[str], meaning: dict[int, str], workspace: Workspace) -> dict[str, Any]:
    """The lead's values from the cells of a row; empty cells give none. Raises Invalid naming the field."""
    raw = {meaning[i]: csv_cells.plain(cell) for i, cell in enumerate(cells) if i in meaning and cell.strip()}
    if "email" not in raw:
        raise Invalid("email", "is missing")
    name = raw.pop("name", "") or f"{raw.get('first', '')} {raw.get('last', '')}".strip() or raw["email"]
    values: dict[str, Any] = {"email": checked("email", raw["email"]), "name": checked("name", name)}
    own = {key.removeprefix("fields."): raw[key] for key in raw if key.startswith("fields.")}
    if own:
        values["fields"] = checked("fields", own)
    if "tags" in raw:
        values["tags"] = checked("tags", [tag.strip() for tag in _TAG_SPLIT.split(raw["tags"]) if tag.strip()])
    for field in ("company", "phone", "job_title", "country", "timezone", "source", "source_detail", "owner", "external_url"):
        if field in raw:
            values[field] = checked(field, raw[field])
    if "stage" in raw:
        values["stage"] = stages.check_stage(workspace, raw["stage"], raw.get("lost_reason")).name
        values["lost_reason"] = raw.get("lost_reason")
    if "action_text" in raw:
        due = _moment(raw["action_due"], workspace) if "action_due" in raw else None
        values["next_action"] = tasks.checked_action(NextAction(raw["action_text"], due), datetime.now(UTC))
    return values


def _moment(text: str, workspace: Workspace) -> datetime:
    """A date, meaning nine in the morning of the workspace, or a date with time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("next_action.due", "must be a date such as 2027-03-01") from None
    if len(text) <= len("2027-03-01"):
        found = datetime.combine(found.date(), time(9))
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(workspace.timezone))
