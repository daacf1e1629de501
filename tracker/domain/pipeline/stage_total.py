"""The figures of the board: what the leads of each stage, owner and currency add up to."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tracker.domain.leads.lead import Lead

_DAY_MS = 86_400_000


class StageTotal(msgspec.Struct, frozen=True):
    """The leads of an owner in a stage whose value is in one currency, archived ones aside."""

    stage: str
    owner: str | None
    currency: str | None
    count: int
    amount: int
    """The sum of their values in minor units (cents)."""
    since_ms: int
    """The sum of the moments since which they are in the stage, in milliseconds since 1970."""

    def days(self, now: datetime) -> float:
        """The sum of the days that they are in the stage."""
        return (self.count * _ms(now) - self.since_ms) / _DAY_MS


class BoardTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The stored figures of one workspace, at one time."""

    id: str
    workspace: str
    at: datetime
    """When the count began: it holds every change before."""
    totals: tuple[StageTotal, ...]
    version: int = 0


def moved(totals: Iterable[StageTotal], before: Lead | None, after: Lead) -> tuple[StageTotal, ...]:
    """The totals once a lead was changed, or added."""
    found = {(one.stage, one.owner, one.currency): one for one in totals}
    for lead, sign in ((before, -1), (after, 1)):
        if lead is not None and lead.archived_at is None:
            _add(found, lead, sign)
    return tuple(one for one in found.values() if one.count)


def _add(found: dict[tuple[str, str | None, str | None], StageTotal], lead: Lead, sign: int) -> None:
    currency, amount = (lead.value.currency, lead.value.amount) if lead.value else (None, 0)
    key = lead.stage, lead.owner, currency
    old = found.get(key, StageTotal(*key, 0, 0, 0))
    since = _ms(lead.stage_since or lead.created_at)
    found[key] = StageTotal(*key, old.count + sign, old.amount + sign * amount, old.since_ms + sign * since)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
