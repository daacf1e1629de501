"""Sale schemas of requests and responses."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.pipeline.sale import Interval
from tracker.web.api.schemas.base import Id, In, Line, Moment, Out, RecordId, Version

Amount = Annotated[int, Field(ge=0, le=10**14, description="In minor units of the currency, such as cents", examples=[150000])]
Every = Annotated[Literal["month", "quarter", "half_year", "year"], Field(description="After which time a recurring sale is paid again")]
Currency = Annotated[str, Field(min_length=3, max_length=3, examples=["EUR"])]


class SaleIn(In):
    """A sale."""

    lead: Id
    product: Line = Field("", description="Required, except for a refund", examples=["Pilot"])
    amount: Amount = Field(description="In minor units of the currency, such as cents; of a refund what is paid back")
    currency: Currency | None = Field(None, description="Required, except for a refund", examples=["EUR"])
    sold_on: date
    rep: Id | None = None
    is_recurring: bool = False
    interval: Every | None = None
    ended_on: date | None = Field(None, description="The last day on which a recurring sale runs")
    end_reason: Line | None = Field(None, description="Why it ended", examples=["Budget cut"])
    refund_of: Id | None = Field(None, description="The sale to this lead that is paid back; product, currency and rep are those of it")


class SaleChange(In):
    """Changes of a sale."""

    product: Line | None = Field(None, examples=["Pilot, second site"])
    amount: Amount | None = None
    currency: Currency | None = None
    sold_on: date | None = None
    rep: Id | None = None
    is_recurring: bool | None = None
    interval: Every | None = None
    ended_on: date | None = None
    end_reason: Line | None = Field(None, description="Why it ended", examples=["Budget cut"])
    version: Version | None = None


class SaleOut(Out):
    """A sale."""

    id: RecordId
    lead: RecordId
    product: str = Field(examples=["Pilot"])
    amount: int = Field(description="In minor units; negative for a refund, 0 for the refund of a deleted sale")
    currency: str
    sold_on: date
    rep: RecordId | None
    is_recurring: bool
    interval: Interval | None
    ended_on: date | None
    end_reason: str | None
    refund_of: RecordId | None
    created_at: Moment
    is_imported: bool = Field(description="Whether it came from another system")
    version: int


class SaleChanged(SaleOut):
    """A sale after a change."""

    change: str | None = Field(description="Undoes the change: `POST /changes/{change}/undo`; null where nothing changed")
