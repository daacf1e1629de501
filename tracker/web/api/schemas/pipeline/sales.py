"""Sale schemas of requests and responses."""

from datetime import date
from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import Id, In, Line, Moment, Out, RecordId, Version

Amount = Annotated[int, Field(ge=0, le=10**14, description="In minor units of the currency, such as cents", examples=[150000])]
Currency = Annotated[str, Field(min_length=3, max_length=3, examples=["EUR"])]


class SaleIn(In):
    """A sale."""

    lead: Id
    product: Line = Field(examples=["Pilot"])
    amount: Amount
    currency: Currency
    sold_on: date
    rep: Id | None = None
    is_recurring: bool = False


class SaleChange(In):
    """Changes of a sale."""

    product: Line | None = Field(None, examples=["Pilot, second site"])
    amount: Amount | None = None
    currency: Currency | None = None
    sold_on: date | None = None
    rep: Id | None = None
    is_recurring: bool | None = None
    version: Version | None = None


class SaleOut(Out):
    """A sale."""

    id: RecordId
    lead: RecordId
    product: str = Field(examples=["Pilot"])
    amount: int
    currency: str
    sold_on: date
    rep: RecordId | None
    is_recurring: bool
    created_at: Moment
    is_imported: bool = Field(description="Whether it came from another system")
    version: int


class SaleChanged(SaleOut):
    """A sale after a change."""

    change: str | None = Field(description="Undoes the change: `POST /changes/{change}/undo`; null where nothing changed")
