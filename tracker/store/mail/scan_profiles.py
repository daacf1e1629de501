"""Scan profiles: what was known of a recipient domain's scanner at the end of a day. Written once, so that a verdict keeps its grounds."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

import msgspec

from tracker.rules.verdicts.evidence import ScanProfile
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, insert_once, key_of, plain
from tracker.store.core.repository import WorkspaceRepository


class ScanProfiles(WorkspaceRepository):
    """One document per day and domain, and one per day that is complete. Written by workers; read by workers and console."""

    collection = "scan_profiles"

    def add_day(self, day: date, found: Mapping[str, ScanProfile]) -> None:
        """Stores the profiles of a day. What is stored of the day already stays."""
        insert_once(self.rows, [self._document(day, domain, profile) for domain, profile in found.items()])
        insert_once(self.rows, [{"_id": self._key(day), "ws": self.workspace, "domains": len(found)}])

    def complete_days(self, days: Iterable[date]) -> set[date]:
        """Those of the days that are stored completely."""
        keys = {self._key(day): day for day in days}
        return {keys[row["_id"]] for row in self.rows.find({"_id": {"$in": list(keys)}}, {"_id": 1})}

    def of_days(self, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], ScanProfile]:
        """The profiles of these domains as of the ends of these days."""
        keys = {self._key(day, domain): (domain, day) for domain, day in wanted}
        rows = self.rows.find({"_id": {"$in": list(keys)}}, batch_size=BATCH) if keys else ()
        return {keys[row["_id"]]: _value_of(row) for row in rows}

    def latest(self, limit: int) -> dict[str, ScanProfile]:
        """The profiles of the newest day by domain, in alphabetical order."""
        newest = next(iter(self.rows.find(self.workspace_filter(self.workspace), {"_id": 1}).sort("_id", -1).limit(1)), None)
        if newest is None:
            return {}
        prefix = self._key(date.fromisoformat(newest["_id"].split(":")[1]))
        rows = self.rows.find({"_id": {"$gte": f"{prefix}:", "$lt": f"{prefix};"}}, batch_size=limit).sort("_id", 1).limit(limit)
        return {row["_id"].split(":", 2)[2]: _value_of(row) for row in rows}

    def remove_before(self, day: date) -> None:
        """Deletes what is older."""
        self.rows.delete_many({"_id": {"$gte": f"{self.workspace}:", "$lt": self._key(day)}})

    def _document(self, day: date, domain: str, profile: ScanProfile) -> Document:
        fields = plain(profile)
        fields |= {name: sorted(fields[name]) for name in ("networks", "families")}
        return {"_id": self._key(day, domain), "ws": self.workspace, **fields}

    def _key(self, day: date, domain: str = "") -> str:
        return key_of(self.workspace, f"{day.isoformat()}:{domain}" if domain else day.isoformat())


def _value_of(row: Document) -> ScanProfile:
    return msgspec.convert({name: value for name, value in row.items() if name in ScanProfile.__struct_fields__}, ScanProfile)
