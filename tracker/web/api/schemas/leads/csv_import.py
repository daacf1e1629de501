"""CSV import schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import Out, Query


class ImportQuery(Query):
    """Defaults for new leads."""

    source: Annotated[str, Field(max_length=80)] = "Import"
    owner: str | None = None


class RefusedRow(Out):
    """A rejected row."""

    line: int
    field: str
    text: str


class ImportOut(Out):
    """The result of an import."""

    added: int
    updated: int
    duplicates: int = Field(description="Rows without changes")
    kept_refusals: int = Field(description="Leads who refused tracking and whose row would allow it: the refusal stays")
    errors: list[RefusedRow]
    error_csv: str = Field(description="The rejected rows with their errors; empty if there are none")
