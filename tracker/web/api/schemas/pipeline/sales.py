"""Sale schemas of requests and responses."""

from datetime import date
from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import Id, In, Line, Moment, Out


class SaleIn(In):
    """A sale."""

    lead: Id
    product: Line
    amount: Annotated[int, Field(ge=0, le=10**14, description="In minor units of the currency, such as cents")]
    currency: Annotated[str, Field(min_length=3, max_length=3)]
    sold_on: date
    rep: Id | None = None
    is_recurring: bool = False


class SaleOut(Out):
    """A sale."""

    id: str
    lead: str
    product: str
    amount: int
    currency: str
    sold_on: date
    rep: str | None
    is_recurring: bool
    created_at: Moment
