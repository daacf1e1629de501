"""The messages of one workspace."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, UpdateOne

from tracker.base.mail_addresses import mailbox_key
from tracker.domain.mail.message import WAITING, Message, MessageBrief, MessageState, Reaction
from tracker.domain.mail.template import TemplateFigures
from tracker.domain.outreach.campaign import CampaignFigures
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import BATCH, Records, aware, from_document, key_of, plain
from tracker.store.core.stamps import STAMP_INDEX
from tracker.store.merged_ids import as_asked

_TEXTS = ("html", "source_html", "text", "source_text", "links")
_LISTED: Document = {name: 1 for name in ("ws", *Message.__struct_fields__) if name not in ("id", "workspace", *_TEXTS)}
_MOST_NAMED = 200
_UNSENT = (*WAITING, MessageState.SENDING, MessageState.FAILED)


class Messages(Records[Message]):
    """Called by actions and workers."""

    collection = "messages"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", 1), ("rep", 1), ("state", 1), ("created_at", -1), ("_id", -1)], name="rep"),
        IndexModel([("ws", 1), ("state", 1), ("created_at", -1), ("_id", -1)], name="state"),
        IndexModel([("ws", ASCENDING), ("campaign", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", 1), ("created_at", 1), ("rep", 1)], partialFilterExpression={"automatic": {"$gt": ""}}, name="automatic"),
        IndexModel([("ws", ASCENDING), ("sent_at", ASCENDING), ("domain", ASCENDING)], name="sent"),
        IndexModel([("domain", ASCENDING), ("sent_at", ASCENDING), ("ws", ASCENDING)], name="domains_of_all"),
        IndexModel(
            [
                ("ws", 1),
                ("template", 1),
                ("state", 1),
                ("pixel_url", 1),
                ("track", 1),
                ("reaction.opened_at", 1),
                ("reaction.clicked_at", 1),
            ],
            partialFilterExpression={"template": {"$gt": ""}},
            name="template",
        ),
        IndexModel([("ws", 1), ("envelope.batch", 1)], partialFilterExpression={"envelope.batch": {"$gt": ""}}, name="batch"),
        *(
            IndexModel([("ws", 1), ("lead", 1), (field, 1)], partialFilterExpression={field: {"$gt": ""}}, name=field)
            for field in ("message_id", "server_message_id")
        ),
        *(
            IndexModel([("ws", 1), (field, 1)], partialFilterExpression={field: {"$gt": ""}}, name=f"any_{field}")
            for field in ("message_id", "server_message_id")
        ),
        IndexModel([("ws", 1), ("relayed", 1), ("state", 1)], partialFilterExpression={"relayed": {"$gt": ""}}, name="relayed"),
        IndexModel([("ws", 1), ("keys.copy_to", 1)], partialFilterExpression={"keys.copy_to": {"$gt": ""}}, name="copy_to"),
    )
    kind = Message

    def of_lead(self, lead: str, limit: int = 200) -> list[Message]:
        """Newest first."""
        return self.where({"lead": self._of_lead(lead)}, sort=[("created_at", DESCENDING)], limit=limit)

    def of_leads(self, leads: list[str]) -> list[Message]:
        """All messages of these leads, oldest first, in one query."""
        ids = self._lead_ids(leads)
        return as_asked(self.where({"lead": {"$in": list(ids)}}, sort=[("created_at", ASCENDING)]), ids) if ids else []

    def briefs_of_leads(self, leads: Iterable[str]) -> list[MessageBrief]:
        """All messages of these leads without their text, oldest first, in one query; each with the lead that it was written for."""
        return self._briefs({"lead": {"$in": list(self._lead_ids(leads))}})

    def link_labels(self, messages: Iterable[str]) -> dict[tuple[str, int], str]:
        """The labels of the links of these messages, by message and index."""
        keys = [key_of(self.workspace, message) for message in set(messages)]
        rows = self.rows.find({"_id": {"$in": keys}}, {"links.index": 1, "links.label": 1}, batch_size=BATCH) if keys else ()
        named = ((row["_id"].partition(":")[2], link) for row in rows for link in row.get("links", ()))
        return {(message, link["index"]): link["label"] for message, link in named if link.get("label")}

    def briefs(self, messages: Iterable[str]) -> dict[str, MessageBrief]:
        """These messages without their text, by id."""
        keys = [key_of(self.workspace, message) for message in set(messages)]
        return {brief.id: brief for brief in self._briefs({"_id": {"$in": keys}})} if keys else {}

    def briefs_sent(self, since: datetime, until: datetime) -> list[MessageBrief]:
        """Messages that were sent in that time to a known domain, without their text. Called by workers."""
        return self._briefs({"sent_at": {"$gte": since, "$lt": until}, "domain": {"$gt": ""}})

    def _briefs(self, query: Document) -> list[MessageBrief]:
        wanted = dict.fromkeys(("ws", *(name for name in MessageBrief.__struct_fields__ if name not in {"id", "workspace"})), 1)
        rows = self.rows.find({"ws": self.workspace, **query}, wanted, sort=[("created_at", ASCENDING)], batch_size=BATCH)
        return [from_document(row, MessageBrief) for row in rows]

    def sent_to(self, domains: Collection[str], since: datetime, until: datetime | None = None) -> list[tuple[str, datetime]]:
        """Lead and time of creation of each message that was sent to these domains since then, and before `until`."""
        moments: Document = {"$gte": since, **({"$lt": until} if until else {})}
        query: Document = {"ws": self.workspace, "sent_at": moments, "domain": {"$in": sorted(set(domains) - {""})}}
        rows = self.rows.find(query, {"lead": 1, "created_at": 1}, batch_size=BATCH) if domains else ()
        return [(row["lead"], aware(row["created_at"])) for row in rows]

    def page(self, *, lead: str | None = None, campaign: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Message]:
        """Newest first."""
        to = None if lead is None else self._of_lead(lead)
        query = {name: value for name, value in (("lead", to), ("campaign", campaign)) if value is not None}
        return page_of(self, query, sort="created_at", descending=True, cursor=cursor, limit=limit)

    def listed(self, rep: str | None, states: Collection[MessageState], *, cursor: str | None = None, limit: int = 50) -> Page[Message]:
        """The messages of a rep, or (None) of all, in these states, newest first; without their texts and links."""
        query: Document = {"state": {"$in": [state.value for state in states]}} | ({"rep": rep} if rep else {})
        texts = {"html": {"$literal": ""}, "source_html": {"$literal": ""}}
        return page_of(self, query, sort="created_at", descending=True, cursor=cursor, limit=limit, fields=_LISTED | texts)

    def of_batch(self, batch: str) -> list[Message]:
        """The messages of one email to several recipients, oldest first."""
        return self.where({"envelope.batch": batch}, sort=[("_id", ASCENDING)])

    def is_relay_open(self, mail: str, *, failed_too: bool) -> bool:
        """Whether a message of this accepted mail still waits or is being sent; with `failed_too`, also whether one failed."""
        states = [state.value for state in (_UNSENT if failed_too else (*WAITING, MessageState.SENDING))]
        return self.rows.find_one({"ws": self.workspace, "relayed": mail, "state": {"$in": states}}, {"_id": 1}) is not None

    def answered(self, lead: str, message_ids: Collection[str]) -> Message | None:
        """The lead's latest message with one of these Message-IDs."""
        known: Document = {"$in": list(message_ids), "$gt": ""}  # MongoDB then knows that the partial indexes answer it
        to = self._of_lead(lead)
        found = [one for name in ("message_id", "server_message_id") for one in self.where({"lead": to, name: known}, limit=20)]
        return max(found, key=lambda message: message.created_at, default=None)

    def with_message_ids(self, message_ids: Collection[str]) -> list[Message]:
        """The workspace's messages with one of these Message-IDs."""
        known: Document = {"$in": sorted(set(message_ids)), "$gt": ""}  # as in `answered`
        fields = ("message_id", "server_message_id") if message_ids else ()
        found = {one.id: one for name in fields for one in self.where({name: known}, limit=_MOST_NAMED)}
        return list(found.values())

    def scheduled_for(self, lead: str) -> list[Message]:
        """The lead's messages that wait for their time."""
        return self.where({"lead": self._of_lead(lead), "state": MessageState.SCHEDULED.value}, sort=[("created_at", DESCENDING)])

    def copies_to(self, address: str) -> list[Message]:
        """The copies to this address, compared without case."""
        return self.where({"keys.copy_to": mailbox_key(address)})

    def document_of(self, record: Message) -> Document:
        """With the address of a copy, to find it by."""
        copy_to = record.envelope.copy_to
        return super().document_of(record) | ({"keys": {"copy_to": mailbox_key(copy_to)}} if copy_to else {})

    def template_figures(self, template: str | None = None) -> dict[str, TemplateFigures]:
        """What became of the messages of one template, or of all, by template. Reads the index only."""
        match: Document = {"ws": self.workspace, "template": template or {"$gt": ""}, "state": MessageState.SENT.value}
        has_pixel, is_tracked = {"$gt": ["$pixel_url", None]}, {"$eq": ["$track", True]}
        counted = {
            "sent": True,
            "open_tracked": has_pixel,
            "opened": {"$and": [has_pixel, {"$gt": ["$reaction.opened_at", None]}]},
            "click_tracked": is_tracked,
            "clicked": {"$and": [is_tracked, {"$gt": ["$reaction.clicked_at", None]}]},
        }
        sums = {name: {"$sum": {"$cond": [condition, 1, 0]}} for name, condition in counted.items()}
        rows = self.rows.aggregate([{"$match": match}, {"$group": {"_id": "$template", **sums}}])
        return {row["_id"]: TemplateFigures(**{name: row[name] for name in counted}) for row in rows}

    def claim(self, message: str, *, from_states: tuple[MessageState, ...], to: MessageState, **values: object) -> Message | None:
        """Changes the state if it still is one of `from_states`, else returns None: two senders never send one message twice."""
        query = {"_id": key_of(self.workspace, message), "state": {"$in": [state.value for state in from_states]}}
        update: Document = {"$set": {"state": to.value, **{name: plain(value) for name, value in values.items()}}, "$inc": {"version": 1}}
        row = self.rows.find_one_and_update(query, update, return_document=ReturnDocument.AFTER)
        return from_document(row, Message) if row else None

    def stop(self, message: str, *, error: str | None = None) -> Message | None:
        """Makes a waiting message a draft again, with the reason; None if it does not wait, or is being sent."""
        values = {"next_try_at": None, "send_at": None, "queued_at": None, "wanted_at": None, "error": error}
        return self.claim(message, from_states=WAITING, to=MessageState.DRAFT, **values)

    def unsent_of_lead(self, lead: str, since: datetime, limit: int = 20) -> list[Message]:
        """The lead's messages that wait, are being sent or failed and were created since then, newest first."""
        query = {"lead": self._of_lead(lead), "created_at": {"$gte": since}, "state": {"$in": [state.value for state in _UNSENT]}}
        return self.where(query, sort=[("created_at", DESCENDING)], limit=limit)

    def save_reactions(self, reactions: Mapping[str, Reaction]) -> None:
        """Saves the values that workers derived, by message, in one write. Leaves `version` unchanged."""
        writes = [UpdateOne({"_id": key_of(self.workspace, key)}, {"$set": {"reaction": plain(value)}}) for key, value in reactions.items()]
        if writes:
            self.rows.bulk_write(writes, ordered=False)

    def automatic_since(self, since: datetime) -> list[MessageBrief]:
        """The emails that no person sent, created since then, without their text."""
        return self._briefs({"automatic": {"$gt": ""}, "created_at": {"$gte": since}})

    def leads_with_template(self, template: str, leads: Iterable[str]) -> set[str]:
        """Those of these leads who got an email from the template, may have got one whose sending was interrupted, or soon will."""
        ids = self._lead_ids(leads)
        states = [state.value for state in MessageState if state not in (MessageState.DRAFT, MessageState.FAILED)]
        got: list[Document] = [{"state": {"$in": states}}, {"was_interrupted": True}, {"may_be_duplicate": True}]
        query: Document = {"ws": self.workspace, "lead": {"$in": list(ids)}, "template": template, "$or": got}
        return {ids[row["lead"]] for row in self.rows.find(query, {"lead": 1}, batch_size=BATCH)}

    def campaign_figures(self, campaign: str) -> CampaignFigures:
        """What became of the messages of a campaign."""
        state, waiting = "$state", [one.value for one in (*WAITING, MessageState.SENDING)]
        counted = {
            "waiting": {"$in": [state, waiting]},
            "sent": {"$eq": [state, MessageState.SENT.value]},
            "failed": {"$eq": [state, MessageState.FAILED.value]},
            "bounced": {"$eq": [state, MessageState.BOUNCED.value]},
            "opened": {"$gt": ["$reaction.opened_at", None]},
            "clicked": {"$gt": ["$reaction.clicked_at", None]},
        }
        sums = {name: {"$sum": {"$cond": [condition, 1, 0]}} for name, condition in counted.items()}
        rows = self.rows.aggregate([{"$match": {"ws": self.workspace, "campaign": campaign}}, {"$group": {"_id": None, **sums}}])
        found: Document = next(iter(rows), {})
        return CampaignFigures(**{name: found.get(name, 0) for name in counted})

    def sent_between(self, start: datetime, end: datetime) -> int:
        """How many messages were created in that time and sent."""
        return self.count({"created_at": {"$gte": start, "$lt": end}, "sent_at": {"$ne": None}})
