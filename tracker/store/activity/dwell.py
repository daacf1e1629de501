"""Dwell: for how long and how far each page view was read, and its trusted inputs. Cumulative values, no events."""

from collections.abc import Iterable

import msgspec
from pymongo import UpdateOne

from tracker.base.ids import id_of
from tracker.domain.activity.visit import LONGEST, Dwell, Visit
from tracker.store.activity.event_codec import struct_of
from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.core.repository import WorkspaceRepository


class Dwells(WorkspaceRepository):
    """One document per page view. Called by workers."""

    collection = "dwell"

    def raise_to(self, dwells: Iterable[Dwell]) -> None:
        """Raises the stored values to these where these are greater; harmless when repeated or out of order.

        `inputs` and `input_ms` change only where they are known; of `input_ms` the least value is kept.
        """
        changes = [UpdateOne({"_id": self._key(dwell.visitor, dwell.page)}, self._raise(dwell), upsert=True) for dwell in dwells]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def _raise(self, dwell: Dwell) -> Document:
        greatest: Document = {"active_ms": dwell.active_ms, "scroll": dwell.scroll, "last_at": dwell.last_at}
        if dwell.inputs is not None:
            greatest["inputs"] = dwell.inputs
        change: Document = {"$max": greatest, "$setOnInsert": {"ws": self.workspace, "visitor": dwell.visitor, "page": dwell.page}}
        if dwell.input_ms is not None:
            change["$min"] = {"input_ms": dwell.input_ms}
        return change

    def of(self, pages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Dwell]:
        """The dwell of (visitor, page) pairs."""
        keys = [self._key(visitor, page) for visitor, page in set(pages)]
        if not keys:
            return {}
        found = (struct_of(Dwell, row) for row in self.rows.find({"_id": {"$in": keys}}, {"_id": 0, "ws": 0}))
        return {(dwell.visitor, dwell.page): dwell for dwell in found}

    def remove(self, pages: Iterable[tuple[str, str]]) -> None:
        """Deletes the dwell of (visitor, page) pairs; visits keep the values that `fill` has set."""
        keys = [self._key(visitor, page) for visitor, page in set(pages)]
        if keys:
            self.rows.delete_many({"_id": {"$in": keys}})

    def fill(self, visits: Iterable[Visit]) -> list[Visit]:
        """The same visits with the stored dwell of each page."""
        visits = list(visits)
        known = self.of((visit.visitor, page.page) for visit in visits for page in visit.pages if page.page)
        return [_filled(visit, known) for visit in visits]

    def _key(self, visitor: str, page: str) -> str:
        return key_of(self.workspace, id_of(visitor, page))


def _filled(visit: Visit, known: dict[tuple[str, str], Dwell]) -> Visit:
    pages = []
    for page in visit.pages:
        dwell = known.get((visit.visitor, page.page or ""))
        if dwell:
            last = max(filter(None, (page.last_at, dwell.last_at)), default=None)
            page = msgspec.structs.replace(page, active_ms=dwell.active_ms, scroll=dwell.scroll, last_at=last)  # noqa: PLW2901
        pages.append(page)
    begun = [(page.page, page.at) for page in visit.pages] + [(act.page, act.at) for act in visit.acts]
    signs = [(dwell.last_at, at) for name, at in begun if (dwell := known.get((visit.visitor, name or "")))]
    ended = max([visit.ended_at, *(min(last, at + LONGEST) for last, at in signs if last)])
    return msgspec.structs.replace(visit, pages=tuple(pages), ended_at=ended)
