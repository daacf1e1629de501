"""Messages that were sent to leads, as reports read them. Called by store.reports.report_leads."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.database import Database

from tracker.rules.reports.activity_facts import MailFact
from tracker.store.core.client import Document
from tracker.store.core.records import aware

_FIELDS = dict.fromkeys(("lead", "rep", "campaign", "sent_at", "pixel_url", "links.tracked_url", "reaction", "envelope.copy_to"), 1)
_AT_ONCE = 20_000


def mails_of_leads(
    database: Database[Document], workspace: str, leads: Mapping[str, str], visits: Mapping[str, Sequence[tuple[str, datetime]]]
) -> dict[str, list[MailFact]]:
    """By lead, oldest first, without copies to others. `leads`: all their ids, with the lead of each. `visits`: by lead, the message and the begin of each visit that came from one."""
    found: dict[str, list[MailFact]] = defaultdict(list)
    query: Document = {"ws": workspace, "lead": {"$in": list(leads)}}
    for row in database["messages"].find(query, _FIELDS, batch_size=_AT_ONCE):
        if row.get("sent_at") and not (row.get("envelope") or {}).get("copy_to"):
            lead = leads[row["lead"]]
            found[lead].append(_fact(row, dict(reversed(visits.get(lead, ())))))
    for its in found.values():
        its.sort(key=lambda mail: (mail.sent_at, mail.id))
    return found


def _fact(row: Document, visits: Mapping[str, datetime]) -> MailFact:
    key, reaction = row["_id"].partition(":")[2], row.get("reaction") or {}

    def moment(name: str) -> Any:
        return aware(reaction[name]) if reaction.get(name) else None

    return MailFact(
        id=key,
        sent_at=aware(row["sent_at"]),
        rep=row.get("rep"),
        campaign=row.get("campaign") or None,
        has_pixel=bool(row.get("pixel_url") or reaction.get("any_image_at")),
        has_link=bool(reaction.get("any_click_at")) or any(link.get("tracked_url") for link in row.get("links") or ()),
        opened_at=moment("image_at"),
        clicked_at=moment("clicked_at"),
        visited_at=visits.get(key),
        replied_at=moment("replied_at"),
        any_opened_at=moment("any_image_at"),
        any_clicked_at=moment("any_click_at"),
    )
