"""Schemas of exchange rates and costs."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.pipeline.cost import Cost
from tracker.domain.pipeline.rate import Rate
from tracker.web.api.schemas.base import In, Line, Moment, Out, RecordId, Version
from tracker.web.api.schemas.pipeline.sales import Amount, Currency

Number = Annotated[Decimal, Field(gt=0, le=10**9, description="What one unit is worth in the currency of the workspace", examples=[0.92])]
Purpose = Literal["to_win", "to_keep"]


class RateIn(In):
    """A rate."""

    currency: Currency = Field(examples=["USD"])
    date: date
    rate: Number


class RateOut(Out):
    """A rate; it holds until the next one of its currency."""

    id: RecordId
    currency: str
    date: date
    rate: float
    created_at: Moment


def rate_out(rate: Rate) -> RateOut:
    """The rate as a response."""
    return RateOut.model_construct(id=rate.id, currency=rate.currency, date=rate.on, rate=float(rate.rate), created_at=rate.created_at)


class CostIn(In):
    """A cost, spread evenly over its days."""

    source: Line | None = Field(None, description="The name of a source; null: of none", examples=["Event"])
    purpose: Purpose = Field(description="Spent to win customers, or to keep them")
    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to", description="Included")
    amount: Amount
    currency: Currency


class CostChange(In):
    """Changes of a cost."""

    source: Line | None = None
    purpose: Purpose | None = None
    first_day: date | None = Field(None, alias="from")
    last_day: date | None = Field(None, alias="to")
    amount: Amount | None = None
    currency: Currency | None = None
    version: Version | None = None


class CostOut(Out):
    """A cost."""

    id: RecordId
    source: str | None
    purpose: Purpose
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")
    amount: int
    currency: str
    created_at: Moment
    version: int


def cost_out(cost: Cost, sources: dict[str, str]) -> CostOut:
    """The cost as a response; `sources`: names by id."""
    return CostOut.model_construct(
        id=cost.id,
        source=sources.get(cost.source) if cost.source else None,
        purpose=cost.purpose.value,
        first_day=cost.first_day,
        last_day=cost.last_day,
        amount=cost.amount,
        currency=cost.currency,
        created_at=cost.created_at,
        version=cost.version,
    )
