"""Rows of an imported file: mapping of columns to fields, and a lead's values from the cells."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tracker.actions import csv_cells
from tracker.actions.leads.custom_values import checked_fields
from tracker.actions.leads.fields import validated
from tracker.actions.leads.imports.consent_words import state_of
from tracker.actions.pipeline import stages, tasks
from tracker.base.errors import Invalid
from tracker.base.money import parsed_cents
from tracker.domain.leads.lead import LeadValue, NextAction
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
    "value": "value leadvalue dealvalue expectedvalue dealamount",
    "value_currency": "valuecurrency leadvaluecurrency dealcurrency",
    "stage": "stage leadstage pipeline status leadstatus",
    "lost_reason": "lostreason reason",
    "action_text": "nextaction nextactiontext nextstep nexttask",
    "action_due": "nextactiondue nextactiondate duedate due nextstepdate",
    "consent": (
        "consent trackingconsent consentstate einwilligung trackingeinwilligung zustimmung consentement consentementsuivi "
        "consentimiento consenso consensotracciamento consentimento toestemming trackingtoestemming"
    ),
    "external_url": "externalurl crmurl link url linkedin profile",
}
_FIELD_BY_TITLE = {spelling: field for field, spellings in _NAMES.items() for spelling in spellings.split()}
_SKIPPED = {"line", "problem"}
"""Columns added by the error file of an import."""
_MONEY = re.compile(r"(?P<before>[A-Za-z]{3})?\s*(?P<number>\d[\d.,' \u00a0]*)\s*(?P<after>[A-Za-z]{3})?")
_GROUP = 3
"""Digits after a mark that separates thousands, not cents."""
_TAG_SPLIT = re.compile(r"[,;|]")


def columns(header: Sequence[str]) -> dict[int, str]:
    """The field of each column; unknown columns become custom fields `fields.<name>`. Raises Invalid without an email column."""
    found: dict[int, str] = {}
    for index, title in enumerate(header):
        key = re.sub(r"[\W_]+", "", title).casefold()
        field = _FIELD_BY_TITLE.get(key)
        if field and field not in found.values():
            found[index] = field
        elif title and key not in _SKIPPED:
            found[index] = f"fields.{title[:60].replace('.', ' ').lstrip('$ ')}"
    if "email" not in found.values():
        shown = ", ".join(title[:40] for title in header[:8])
        raise Invalid("file", f"has no column for email addresses. Its columns are: {shown}")
    return found


def values_of(cells: Sequence[str], fields: dict[int, str], workspace: Workspace) -> dict[str, Any]:
    """The lead's values from the cells of a row, without empty cells. Raises Invalid with the field."""
    raw = {fields[i]: csv_cells.plain(cell) for i, cell in enumerate(cells) if i in fields and cell.strip()}
    if "email" not in raw:
        raise Invalid("email", "is missing")
    name = raw.pop("name", "") or f"{raw.get('first', '')} {raw.get('last', '')}".strip() or raw["email"]
    values: dict[str, Any] = {"email": validated("email", raw["email"]), "name": validated("name", name)}
    own = {key.removeprefix("fields."): raw[key] for key in raw if key.startswith("fields.")}
    if own:
        values["fields"] = checked_fields(workspace, own)
    if "tags" in raw:
        values["tags"] = validated("tags", [tag.strip() for tag in _TAG_SPLIT.split(raw["tags"]) if tag.strip()])
    for field in ("company", "phone", "job_title", "country", "timezone", "source", "source_detail", "owner", "external_url"):
        if field in raw:
            values[field] = validated(field, raw[field])
    if "value" in raw:
        values["value"] = validated("value", _money(raw["value"], raw.get("value_currency", "")))
    if "consent" in raw:
        values["consent"] = state_of(raw["consent"])
    if "stage" in raw:
        values["stage"] = stages.check_stage(workspace, raw["stage"], raw.get("lost_reason")).name
        values["lost_reason"] = raw.get("lost_reason")
    if "action_text" in raw:
        due = _due_time(raw["action_due"], workspace) if "action_due" in raw else None
        values["next_action"] = tasks.checked_action(NextAction(raw["action_text"], due), datetime.now(UTC))
    return values


def _money(text: str, currency: str) -> LeadValue:
    """`1500`, `1,500.50`, `1.500,50 EUR`; euros where no currency is given. Raises Invalid."""
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise Invalid("value", "must be an amount such as 1500.50 or 1500.50 EUR")
    digits = found["number"].replace(" ", "").replace("\u00a0", "").replace("'", "")
    mark = max(digits.rfind(","), digits.rfind("."))
    is_decimal = mark >= 0 and len(digits) - mark - 1 != _GROUP
    whole, rest = (digits[:mark], digits[mark + 1 :]) if is_decimal else (digits, "")
    amount = f"{re.sub('[.,]', '', whole)}.{rest}" if rest else re.sub("[.,]", "", whole)
    return LeadValue(parsed_cents("value", amount), (currency or found["before"] or found["after"] or "EUR"))


def _due_time(text: str, workspace: Workspace) -> datetime:
    """The time of an ISO 8601 text; a date becomes 9:00 in the workspace's time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("next_action.due", "must be a date such as 2027-03-01") from None
    if len(text) <= len("2027-03-01"):
        found = datetime.combine(found.date(), time(9))
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(workspace.timezone))
