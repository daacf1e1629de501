"""Schema of the export of a lead. Its records have the fields of the database, which may be more than those of other responses."""

from typing import Any

from pydantic import Field

from tracker.web.api.schemas.base import Out

Stored = dict[str, Any]


class LeadExport(Out):
    """Everything that is stored about a lead."""

    format: int = Field(description="Version of this format")
    exported_at: str
    lead: Stored
    company: Stored | None
    merged: list[Stored] = Field(description="Leads that were merged with it; the other records are those of all of them")
    messages: list[Stored] = Field(description="With subject, text, links and state")
    links: list[Stored] = Field(description="Stand-alone tracked links")
    events: list[Stored] = Field(description="Oldest first")
    visits: list[Stored]
    browsers: list[Stored] = Field(description="Browsers that are or were the lead's")
    notes: list[Stored]
    tasks: list[Stored]
    sales: list[Stored]
    moves: list[Stored] = Field(description="Stage moves, withdrawn ones included")
    source_changes: list[Stored] = Field(description="Changes of the source, oldest first")
    days: list[Stored] = Field(description="What counts for the score, by day")
    alerts: list[Stored]
    deliveries: list[Stored] = Field(description="To which channels alerts were sent")
