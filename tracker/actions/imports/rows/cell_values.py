"""What a cell of each field says of a lead. Each reader raises Invalid for a cell that does not fit."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tracker.actions import checks
from tracker.actions.imports.rows.consent_words import state_of
from tracker.actions.leads.fields import validated
from tracker.actions.pipeline import tasks
from tracker.base.errors import Invalid
from tracker.base.money import parsed_money
from tracker.domain.leads.lead import LeadValue, NextAction
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports import cells, dates
from tracker.rules.imports.headings import CUSTOM

BOUNCED_TAG = "bounced"
_MONEY = re.compile(
    r"(?P<before>[A-Za-z]{3}|[€$£¥₹])?\s*(?P<number>\d[\d.,' \u00a0\u202f’]*?)(?:[.,](?:-|–|—)+)?\s*(?P<after>[A-Za-z]{3}|[€$£¥₹])?"
)
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR"}
_GROUP = 3
"""Digits after a mark that separates thousands, not cents."""
_TAG_SPLIT = re.compile(r"\s*(?:,|;|\||:::)\s*")
_LONGEST_TAG = 60
_MORNING = time(9)
"""When an action is due whose cell names a day only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellContext:
    """What a reader knows besides the cell."""

    workspace: Workspace
    now: datetime
    zone: ZoneInfo
    month_first: Mapping[str, bool]
    """Whether the dates of a field name the month first, by the field."""
    raw: Mapping[str, str]
    """The other cells of the row, by field."""
    owner_of: Callable[[str], str | None]
    choices: Mapping[str, str]
    """What people chose for values of this field, by `cells.word`; an empty choice keeps the value as a custom field."""

    def moment(self, field: str, text: str, at: time = time(0)) -> datetime | None:
        """The time that a cell of the field names; None for any other text."""
        return dates.moment(text, self.zone, month_first=self.month_first.get(field), at=at)

    def chosen(self, text: str) -> str:
        """The value for the cell. Raises Invalid where the value was left out."""
        found = self.choices.get(cells.word(text))
        if found == "":
            raise Invalid(CUSTOM, f"“{text}” was not assigned")
        return text if found is None else found


Reader = Callable[[str, CellContext], dict[str, Any]]


def _line(field: str) -> Reader:
    return lambda text, _: {field: validated(field, " ".join(text.split()))}


def _phone(text: str, _: CellContext) -> dict[str, Any]:
    number = cells.phone(cells.parts(text)[0])
    if number is None:
        is_rounded = cells.is_rounded(text)
        raise Invalid("phone", f"“{text[:40]}” {'was rounded by a spreadsheet; its digits are lost' if is_rounded else 'is no number'}")
    return {"phone": validated("phone", " ".join(number.split()))}


def _text_without_rounding(field: str) -> Reader:
    def read(text: str, _: CellContext) -> dict[str, Any]:
        plain = " ".join(" · ".join(cells.parts(text)).split())
        return {field: validated(field, plain)}

    return read


def _tags(text: str, _: CellContext) -> dict[str, Any]:
    found = [tag.strip().strip('"').removeprefix("* ").strip() for tag in _TAG_SPLIT.split(text)]
    return {"tags": tuple(tag for tag in found if tag and tag.casefold() != "mycontacts")}


def _source(text: str, context: CellContext) -> dict[str, Any]:
    return {"source": validated("source", " ".join(context.chosen(text).split()))}


def _owner(text: str, context: CellContext) -> dict[str, Any]:
    found = context.owner_of(context.chosen(text))
    if found is None:
        raise Invalid("owner", f"“{text[:60]}” is no rep of this workspace")
    return {"owner": found}


def _money(text: str, context: CellContext) -> dict[str, Any]:
    return {"value": money(text, context.raw.get("value_currency", ""))}


def money(text: str, currency: str) -> LeadValue:
    """The amount in a cell, with the currency of its own column if there is one: `1500`, `1,500.50`, `1.500,50 EUR`, `€ 1'500.-`.

    Euros where no currency is given. Raises Invalid (`value`).
    """
    scientific = re.fullmatch(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}", text)
    plain = f"{float(text.replace(',', '.')):.2f}" if scientific else text.strip()
    found = _MONEY.fullmatch(plain)
    if found is None:
        raise Invalid("value", "must be an amount such as 1500.50 or 1500.50 EUR")
    digits = re.sub(r"[\s'’\u00a0\u202f]", "", found["number"])
    mark = max(digits.rfind(","), digits.rfind("."))
    is_decimal = mark >= 0 and len(digits) - mark - 1 != _GROUP
    if is_decimal and digits.count(digits[mark]) > 1:
        is_decimal = False
    whole, rest = (digits[:mark], digits[mark + 1 :]) if is_decimal else (digits, "")
    amount = f"{re.sub('[.,]', '', whole)}.{rest}" if rest else re.sub("[.,]", "", whole)
    named = currency or found["before"] or found["after"] or "EUR"
    checked: LeadValue = validated(
        "value", LeadValue(parsed_money("value", amount, _SIGNS.get(named, named), is_rounded=True), _SIGNS.get(named, named))
    )
    return checked


def _currency(text: str, context: CellContext) -> dict[str, Any]:
    return {} if "value" in context.raw else {CUSTOM: text}


def _consent(text: str, _: CellContext) -> dict[str, Any]:
    return {"consent": state_of(text)}


def _stage(text: str, context: CellContext) -> dict[str, Any]:
    chosen = context.chosen(text)
    found = context.workspace.stage_named(chosen)
    if found is None:
        raise Invalid("stage", f"“{text[:60]}” is no stage of this workspace")
    return {"stage": found.name}


def _stage_date(text: str, context: CellContext) -> dict[str, Any]:
    at = context.moment("stage_date", text)
    if at is None:
        raise Invalid("stage_date", "must be a date such as 2027-03-01")
    return {"stage_at": checks.moment("stage_date", at, context.now)}


def _lost_reason(text: str, context: CellContext) -> dict[str, Any]:
    if "stage" not in context.raw:
        return {CUSTOM: text}
    return {"lost_reason": checks.optional_line("lost_reason", " ".join(text.split()), longest=500)}


def _action(text: str, context: CellContext) -> dict[str, Any]:
    due = context.raw.get("action_due")
    at = context.moment("action_due", due, _MORNING) if due else None
    return {"next_action": tasks.checked_action(NextAction(" ".join(text.split()), at), context.now)}


def _due(text: str, context: CellContext) -> dict[str, Any]:
    if "action_text" not in context.raw:
        return {CUSTOM: text}
    if context.moment("action_due", text, _MORNING) is None:
        raise Invalid("next_action.due", "must be a date such as 2027-03-01")
    return {}


def _external_url(text: str, _: CellContext) -> dict[str, Any]:
    plain = text if "://" in text or "." not in text or " " in text else f"https://{text}"
    return {"external_url": validated("external_url", plain)}


def _opted_out(text: str, context: CellContext) -> dict[str, Any]:
    said = cells.yes_or_no(text)
    if said is not None:
        return {"opted_out_at": context.now} if said else {}
    at = context.moment("opted_out", text)
    if at is None:
        raise Invalid("opted_out", "must be yes or no, or a date")
    return {"opted_out_at": checks.moment("opted_out", at, context.now)}


def _mail_status(text: str, context: CellContext) -> dict[str, Any]:
    state = cells.mail_status(text)
    kept: dict[str, Any] = {CUSTOM: text}
    if state == "unsubscribed":
        return kept | {"opted_out_at": context.now}
    return kept | ({"tags": (BOUNCED_TAG,)} if state == "bounced" else {})


def _bounced(text: str, _: CellContext) -> dict[str, Any]:
    said = cells.yes_or_no(text)
    if said is False:
        return {}
    return {"tags": (BOUNCED_TAG,)} | ({} if said else {CUSTOM: text})


def _created(text: str, context: CellContext) -> dict[str, Any]:
    at = context.moment("created_at", text)
    if at is None:
        raise Invalid("created_at", "must be a date such as 2027-03-01")
    return {"created_at": checks.moment("created_at", at, context.now)}


def _kept(text: str, _: CellContext) -> dict[str, Any]:
    return {CUSTOM: text}


CELL_VALUES: dict[str, Reader] = {
    "prefix": _kept,
    "company": _text_without_rounding("company"),
    "phone": _phone,
    "job_title": _text_without_rounding("job_title"),
    "country": _line("country"),
    "timezone": _line("timezone"),
    "tags": _tags,
    "source": _source,
    "source_detail": _line("source_detail"),
    "owner": _owner,
    "value": _money,
    "value_currency": _currency,
    "stage": _stage,
    "stage_date": _stage_date,
    "lost_reason": _lost_reason,
    "action_text": _action,
    "action_due": _due,
    "consent": _consent,
    "external_url": _external_url,
    "note": _kept,
    "opted_out": _opted_out,
    "mail_status": _mail_status,
    "bounced": _bounced,
    "created_at": _created,
}
"""By field. The values are those of `leads.add_lead`, `consent`, `opted_out_at` and `created_at`; `fields.` keeps a text under its heading."""
