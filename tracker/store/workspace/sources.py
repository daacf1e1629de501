"""The sources of one workspace."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.base.ids import id_of
from tracker.domain.workspace.source import DEFAULT_SOURCES, Source
from tracker.store.core.client import Document
from tracker.store.core.records import Records, insert_once, to_document
from tracker.store.core.search_text import normalized


class Sources(Records[Source]):
    """Called by actions and pages."""

    collection = "sources"
    indexes = (
        IndexModel([("ws", ASCENDING), ("position", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.name", ASCENDING)], unique=True),
    )
    kind = Source

    def document_of(self, record: Source) -> Document:
        """With the normalized name."""
        return to_document(record) | {"keys": {"name": normalized(record.name)}}

    def change(self, record: str, *, version: int | None = None, **values: object) -> Source:
        """As in Records; updates the normalized name too."""
        if "name" in values:
            values["keys.name"] = normalized(str(values["name"]))
        return super().change(record, version=version, **values)

    def all(self) -> list[Source]:
        """Every source, in order."""
        return self.where({}, sort=[("position", ASCENDING), ("_id", ASCENDING)])

    def begin(self, at: datetime, names: Iterable[str] = DEFAULT_SOURCES) -> None:
        """Adds the sources that a workspace begins with; those that exist stay."""
        found = [
            Source(
                id=id_of(self.workspace, "source", normalized(name)), workspace=self.workspace, name=name, position=position, created_at=at
            )
            for position, name in enumerate(names)
        ]
        insert_once(self.rows, [self.document_of(source) for source in found])
