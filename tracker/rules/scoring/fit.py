"""Fit: which values of a lead and its company count, whether the lead can be rated, and the points. Pure.

A lead is rated once a field is known for which the company has named a fitting value. Until then fit gives no points: an unknown value
says nothing against a lead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.score import GOOD_FIT, LedgerRow, Side
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.fit.fit_values import FIT_FIELDS, is_wanted, profile_key
from tracker.rules.scoring.rules import FIT_RULES, FitRule


@dataclass(frozen=True, slots=True)
class Fit:
    """The ledger rows for fit; whether the lead is rated, and whether it fits."""

    rows: tuple[LedgerRow, ...] = ()
    is_rated: bool = False
    is_good: bool = False


def fit_of(
    lead: Lead, company: Company | None, workspace: Workspace, rules: Iterable[FitRule] = FIT_RULES, more: Sequence[LedgerRow] = ()
) -> Fit:
    """The fit of a lead. `more`: the rows of own rules, each of which rates the lead.

    A wanted value gives all points of its rule. A known value of a field without wanted values gives half. A lead fits with 10 points,
    or with half of what its known fields could give, so that one known and wanted value is enough.
    """
    wanted = workspace.policy.fit
    rows, possible = [], 0
    for rule in rules:
        values, points = fit_values(lead, company, rule.field), rule.points
        if not values or not points:
            continue
        if not wanted.get(rule.field):
            rows.append(_row(lead, rule.name, points // 2, f"Known value: {values[0][:80]}"))
            continue
        possible += max(points, 0)
        if _is_any_wanted(rule.field, values, wanted[rule.field]):
            rows.append(_row(lead, rule.name, points, rule.why))
    if not possible and not more:
        return Fit()
    rows += more
    possible += sum(max(row.points, 0) for row in more)
    return Fit(tuple(rows), is_rated=True, is_good=bool(possible) and sum(row.points for row in rows) >= min(GOOD_FIT, possible / 2))


def fit_values(lead: Lead, company: Company | None, field: str) -> tuple[str, ...]:
    """The known values of a field: the lead's own before the company's. A lead's country counts beside both as a location."""
    own, other = lead.field_texts.get(field), getattr(company, field, None) if company else None
    if field == "location":
        return tuple(value for value in (lead.country, own, other) if value and value.strip())
    value = own if own and own.strip() else other
    return (value,) if value and value.strip() else ()


def profile_of(lead: Lead, company: Company | None) -> tuple[str, ...]:
    """What lists filter by: `field:value` for each known value, as the lists to pick from have it."""
    known = ((field, value) for field in FIT_FIELDS for value in fit_values(lead, company, field))
    return tuple(dict.fromkeys(profile_key(field, value) for field, value in known))


def _is_any_wanted(field: str, values: Iterable[str], wanted: Iterable[str]) -> bool:
    return any(is_wanted(field, value, one) for value in values for one in wanted)


def _row(lead: Lead, rule: str, points: int, why: str) -> LedgerRow:
    return LedgerRow(rule=rule, points=points, at=lead.created_at, side=Side.FIT, why=why)
