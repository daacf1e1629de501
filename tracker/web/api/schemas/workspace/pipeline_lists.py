"""Schemas of the managed lists of reasons, products and categories."""

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Out


class ReasonsIn(In):
    """Reasons for won and lost leads, in order; a list that is not given stays."""

    won: list[Line] | None = Field(None, max_length=40, examples=[["Fit our process"]])
    lost: list[Line] | None = Field(None, max_length=40, examples=[["No budget"]])


class ReasonsOut(Out):
    """Reasons for won and lost leads. A lead may have any other text."""

    won: list[str] = Field(examples=[["Fit our process"]])
    lost: list[str] = Field(examples=[["No budget"]])


class ProductsIn(In):
    """All products in order."""

    items: list[Line] = Field(max_length=40, examples=[["Licence", "Support"]])


class ProductOut(Out):
    """A product that is offered for sales."""

    name: str = Field(examples=["Licence"])


class CategoriesIn(In):
    """All categories in order."""

    items: list[Line] = Field(max_length=40, examples=[["Customer", "Past client"]])


class CategoryOut(Out):
    """A category that leads may be given."""

    name: str = Field(examples=["Customer"])
