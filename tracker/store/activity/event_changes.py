"""Changes of stored events: their leads, readers, verdicts and removal. A part of `events`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from pymongo import UpdateMany, UpdateOne

from tracker.domain.activity.event import Event, Verdict
from tracker.rules.identity import Span
from tracker.store.activity.event_codec import encode, encode_verdict, packed
from tracker.store.activity.event_forms import EventForms
from tracker.store.core.client import Document
from tracker.store.reports.event_days import mark_days

_BATCH = 5_000


class EventChanges(EventForms):
    """What changes events of one workspace that are stored."""

    _ws: bytes

    def bind(self, spans: Mapping[str, Sequence[Span]]) -> int:
        """Assigns each visitor's events of each span to its lead and reader; returns how many events changed."""
        changes = [self._binding(visitor, span) for visitor, all_spans in spans.items() for span in all_spans]
        return self.rows.bulk_write(changes, ordered=False).modified_count if changes else 0

    def _binding(self, visitor: str, span: Span) -> UpdateMany:
        within = {op: moment for op, moment in (("$gte", span.start), ("$lt", span.end)) if moment}
        query: Document = {"w": self._ws, "v": visitor, **({"t": within} if within else {})}
        if span.lead is None:
            return UpdateMany({**query, "l": {"$exists": True}}, {"$unset": {"l": "", "rd": ""}})
        key = packed(self.workspace, span.lead)
        if span.reader is None:
            return UpdateMany(
                {**query, "$or": [{"l": {"$ne": key}}, {"rd": {"$exists": True}}]}, {"$set": {"l": key}, "$unset": {"rd": ""}}
            )
        query["$or"] = [{"l": {"$ne": key}}, {"rd": {"$ne": span.reader}}]
        return UpdateMany(query, {"$set": {"l": key, "rd": span.reader}})

    def set_readers(self, readers: Mapping[str, str | None]) -> None:
        """Stores whose these opens and clicks are: `other`, or None for the lead."""
        changes = [
            UpdateOne({"_id": packed(self.workspace, event)}, {"$set": {"rd": reader}} if reader else {"$unset": {"rd": ""}})
            for event, reader in readers.items()
        ]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def reclassify(self, verdicts: dict[str, Verdict], rules_version: int) -> None:
        """Replaces the verdicts of these events, as that version of the rules gave them."""
        values = {event: {"d": encode_verdict(verdict), "rv": rules_version} for event, verdict in verdicts.items()}
        if changes := [UpdateOne({"_id": packed(self.workspace, event)}, {"$set": value}) for event, value in values.items()]:
            with self._counted_again(verdicts):
                self.rows.bulk_write(changes, ordered=False)

    def correct(self, event: str, correction: str | None) -> None:
        """Stores what a rep said of the event's cause; None takes it back."""
        change = {"$set": {"co": correction}} if correction else {"$unset": {"co": ""}}
        self.rows.update_one({"_id": packed(self.workspace, event)}, change)

    def rewrite(self, event: Event) -> None:
        """Replaces an event that a rep recorded, after they changed it."""
        with self._counted_again([event.id], event.at):
            self.rows.replace_one({"_id": packed(self.workspace, event.id)}, encode(event, None))

    def strip(self, events: Iterable[str]) -> None:
        """Removes the address and the client from these events."""
        if keys := [packed(self.workspace, event) for event in events]:
            self.rows.update_many({"_id": {"$in": keys}}, {"$unset": {"a": "", "p": ""}})

    def remove_many(self, events: Iterable[str]) -> None:
        """Deletes these events."""
        known = list(events)
        if known:
            with self._counted_again(known):
                self.forget(known)

    def forget(self, events: Iterable[str]) -> None:
        """Deletes these events, which still count in reports. Their workspace must have been sealed up to them."""
        if keys := [packed(self.workspace, event) for event in events]:
            self.rows.delete_many({"_id": {"$in": keys}})

    @contextmanager
    def _counted_again(self, events: Iterable[str], *moments: datetime) -> Iterator[None]:
        """Has the days of these events, and of these moments, counted anew: marked before, as this process may be killed, and after."""
        keys = [packed(self.workspace, event) for event in events]
        at = [*moments, *(row["t"].replace(tzinfo=UTC) for row in self.rows.find({"_id": {"$in": keys}}, {"t": 1}, batch_size=_BATCH))]
        mark_days(self.rows.database, ((self.workspace, moment) for moment in at))
        yield
        mark_days(self.rows.database, ((self.workspace, moment) for moment in at))
