"""Mail domains: what is known of the services that receive recipients' mail, and which domains are due for a look-up."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne

from tracker.domain.mail.mail_domain import KEPT, MailDomain
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, plain, read_plain
from tracker.store.core.repository import Repository


class MailDomains(Repository):
    """By name; shared by all workspaces, since DNS answers everyone alike. Read by workers, extended by actions."""

    collection = "mail_domains"
    indexes = (IndexModel([("next_at", ASCENDING)]),)

    def want(self, domain: str, now: datetime) -> None:
        """Makes a domain due for a look-up, unless one was made in the last week or is due already."""
        if not domain:
            return
        fresh: Document = {"next_at": now, "hosts": [], "services": [], "checked_at": None, "failures": 0}
        outdated: Document = {"_id": domain, "next_at": None, "checked_at": {"$lt": now - KEPT}}
        self.rows.bulk_write(
            [UpdateOne({"_id": domain}, {"$setOnInsert": fresh}, upsert=True), UpdateOne(outdated, {"$set": {"next_at": now}})]
        )

    def due(self, now: datetime, limit: int) -> list[MailDomain]:
        """Those that are due for a look-up, in the order of their due times."""
        rows = self.rows.find({"next_at": {"$lte": now}}, batch_size=limit).sort("next_at", ASCENDING).limit(limit)
        return [read_plain(row, MailDomain) for row in rows]

    def save(self, domain: MailDomain, *fields: str) -> None:
        """Saves these fields of a known domain."""
        self.rows.update_one({"_id": domain.id}, {"$set": {name: plain(getattr(domain, name)) for name in fields}})

    def by_names(self, domains: Iterable[str]) -> dict[str, MailDomain]:
        """Those of the domains that are known, by name, in one query."""
        names = sorted(set(domains) - {""})
        rows = self.rows.find({"_id": {"$in": names}}, batch_size=BATCH) if names else ()
        return {row["_id"]: read_plain(row, MailDomain) for row in rows}
