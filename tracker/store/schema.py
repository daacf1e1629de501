"""The schema: the version of the database, and the steps that upgrade an older one. Called at each start and by `leadlight upgrade`.

A new step gets the next number and is never removed. Each step must be safe to repeat, because a process can die before it records
the new version.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import pymongo
from pymongo import UpdateOne

from tracker.base.errors import Invalid, LeadlightError
from tracker.domain.mail.message import MessageState
from tracker.domain.workspace.smtp_url import read_url
from tracker.domain.workspace.stage import DEFAULT_STAGES
from tracker.store.address_keys import renew_address_keys
from tracker.store.core import secrets
from tracker.store.core.indexes import drop_index
from tracker.store.core.records import plain
from tracker.store.leads.lead_keys import keys_of
from tracker.store.minor_units_upgrade import MINOR_UNITS, store_minor_units
from tracker.store.past_conversations import add_past_conversations
from tracker.store.persons_upgrade import create_persons
from tracker.store.renewals_upgrade import plan_renewals
from tracker.store.store import Store

_KEY = "schema"
_AT_ONCE = 1000
_INTERRUPTED = "Sending was interrupted, so the email may have arrived. Send it again only if it did not."


class TooNew(LeadlightError):
    """The database was written by a newer version of Leadlight."""


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """One change of the schema."""

    number: int
    name: str
    run: Callable[[Store], None]


def _create_indexes(store: Store) -> None:
    store.ensure_indexes()


def _drop_replaced_indexes(store: Store) -> None:
    """Indexes of early versions that other indexes replaced."""
    replaced = {"deliveries": ("due", "rep"), "leads": ("ws_1_company_id_1",), "workspaces": ("created_at_1",)}
    for collection, names in replaced.items():
        for name in names:
            drop_index(store.database[collection], name)


def _split_smtp_urls(store: Store) -> None:
    """Stores the mail server of a workspace in separate fields. The demo has none; an invalid URL is dropped."""
    rows = store.database.workspaces
    for row in rows.find({"smtp_url": {"$exists": True}}, {"smtp_url": 1, "is_demo": 1}):
        server = None
        if row["smtp_url"] and not row.get("is_demo"):
            with contextlib.suppress(Invalid):
                server = plain(read_url(row["smtp_url"]))
        rows.update_one({"_id": row["_id"], "smtp_url": row["smtp_url"]}, {"$set": {"mail_server": server}, "$unset": {"smtp_url": ""}})


def _encrypt_secrets(store: Store) -> None:
    """Encrypts tokens and passwords that older versions stored as plain text."""
    secrets.renew(store.database, store.keyring)


def _create_mail_queue(store: Store) -> None:
    """The indexes of the mail queue. An older version left a message in `sending` where its process died: nothing resends it."""
    store.ensure_indexes()
    drop_index(store.database.messages, "ws_1_state_1_claimed_at_1")
    known = {"state": MessageState.SENDING.value, "next_try_at": None}
    for workspace in store.workspaces.all():
        changes = {"$set": {"state": MessageState.FAILED.value, "error": _INTERRUPTED}}
        store.database.messages.update_many({"ws": workspace.id, **known}, changes)


def _describe_stages(store: Store) -> None:
    """Gives stages with a standard name their meaning and usual days, where there are none."""
    standard = {stage.name: plain(stage) for stage in DEFAULT_STAGES}
    rows = store.database.workspaces
    for row in rows.find({"stages": {"$elemMatch": {"meaning": {"$exists": False}}}}, {"stages": 1}):
        described = [{**standard.get(stage["name"], {}), "id": stage["name"], **stage} for stage in row["stages"]]
        rows.update_one({"_id": row["_id"], "stages": row["stages"]}, {"$set": {"stages": described}})


def _rate_again(store: Store) -> None:
    """Creates the index of values that count for fit, and has the workers compute the score of every lead again."""
    store.ensure_indexes()
    beginning = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    ids = (row["_id"].partition(":") for row in store.database.leads.find({}, {"_id": 1}))
    marks = ((workspace, "lead", lead, beginning) for workspace, _, lead in ids)
    while batch := list(islice(marks, _AT_ONCE)):
        store.dirty.mark_many(batch, queue="bulk")


def _prepare_today(store: Store) -> None:
    """Marks leads as not archived, creates the indexes of Today, and has the workers compute the contacts of every lead."""
    store.database.leads.update_many({"keys.archived": {"$exists": False}}, {"$set": {"keys.archived": False}})
    _rate_again(store)


def _store_fields_as_array(store: Store) -> None:
    """Stores custom fields as an array of `{k, v}` with one index, and has the search find their texts."""
    rows = store.database.leads
    is_mapping = {"$expr": {"$eq": [{"$type": "$fields"}, "object"]}}
    rows.update_many(is_mapping, [{"$set": {"fields": {"$objectToArray": "$fields"}}}])
    store.ensure_indexes()
    with_fields = rows.find({"fields.0": {"$exists": True}})
    changes = (
        UpdateOne({"_id": row["_id"], "fields": row["fields"]}, {"$set": {"keys.words": keys_of(row)["words"]}}) for row in with_fields
    )
    while batch := list(islice(changes, _AT_ONCE)):
        rows.bulk_write(batch, ordered=False)


def _renew_lead_keys(store: Store) -> None:
    """Stores the texts of leads as conditions compare them, and has the search find phone numbers, tags and job titles."""
    store.ensure_indexes()
    drop_index(store.database.leads, "ws_1_phone_1")  # replaced by the keys of duplicates
    for workspace in store.workspaces.all():
        leads, after = store.of(workspace.id).leads, ""
        while after := leads.renew_keys(after=after, limit=_AT_ONCE):
            pass


def _list_sources(store: Store) -> None:
    """Moves the sources of each workspace to a collection of their own."""
    store.ensure_indexes()
    rows = store.database.workspaces
    for row in rows.find({}, {"sources": 1, "created_at": 1}):
        began = row["created_at"]
        sources = store.of(row["_id"]).sources
        if "sources" in row:
            sources.begin(began, row["sources"])
            rows.update_one({"_id": row["_id"]}, {"$unset": {"sources": ""}})
        elif not sources.count():
            sources.begin(began)


def _prepare_alerts_page(store: Store) -> None:
    """Stores the keys of the lists of alerts, none of which is done or snoozed, and creates their indexes."""
    store.database.alerts.update_many({"keys": None}, [{"$set": {"keys": {"open": True, "shown": "$at"}}}])
    store.ensure_indexes()
    drop_index(store.database.alerts, "unseen")


def _stamp_visits(store: Store) -> None:
    """Stamps the visits of before, so that reports of a process that runs meanwhile find them, too."""
    store.ensure_indexes()
    store.database.visits.update_many({"stamp": {"$exists": False}}, {"$currentDate": {"stamp": {"$type": "timestamp"}}})


def _count_events(store: Store) -> None:
    """Has the numbers of events by day counted, which the report *activity* is made from."""
    store.ensure_indexes()
    for workspace in store.workspaces.all():
        store.of(workspace.id).event_days.mark_all()


STEPS = (
    SchemaStep(1, "create the indexes", _create_indexes),
    SchemaStep(2, "drop replaced indexes", _drop_replaced_indexes),
    SchemaStep(3, "drop the index of claimed marks", lambda store: drop_index(store.database.dirty, "claim")),  # marks are found by id now
    SchemaStep(4, "create a person for every rep and end all sessions", create_persons),
    SchemaStep(5, "split mail server URLs into fields", _split_smtp_urls),
    SchemaStep(6, "encrypt tokens and passwords", _encrypt_secrets),
    SchemaStep(7, "create the index of other readers", _create_indexes),
    SchemaStep(8, "create the index of sender checks", _create_indexes),
    SchemaStep(9, "create the index of the consent history", _create_indexes),
    SchemaStep(10, "create the indexes of withdrawn ids and erasures", _create_indexes),
    SchemaStep(11, "create the indexes of the mail queue", _create_mail_queue),
    SchemaStep(12, "compare international email domains by IDNA 2008", renew_address_keys),
    SchemaStep(13, "create the indexes of the list of emails", _create_indexes),
    SchemaStep(14, "rate leads again, with unknown fit as unknown", _rate_again),
    SchemaStep(15, "create the indexes of refused pages", _create_indexes),
    SchemaStep(16, "describe the standard stages", _describe_stages),
    SchemaStep(17, "create the index of audit entries about a lead", _create_indexes),
    SchemaStep(18, "store custom fields with one index", _store_fields_as_array),
    SchemaStep(19, "create the indexes of Today and compute contacts", _prepare_today),
    SchemaStep(20, "list sources in a collection", _list_sources),
    SchemaStep(21, "create the indexes of the board", _create_indexes),
    SchemaStep(22, "store what conditions compare, and create the indexes of lists", _renew_lead_keys),
    SchemaStep(23, "create the indexes of companies", _create_indexes),
    SchemaStep(24, "order alerts for their page", _prepare_alerts_page),
    SchemaStep(25, "store where the first and the last visit of each lead came from", _rate_again),
    SchemaStep(26, "create the index of visits of leads", _create_indexes),
    SchemaStep(27, "store the texts of leads in one line each, with one index", _renew_lead_keys),
    SchemaStep(28, "create the index of alerts about companies", _create_indexes),
    SchemaStep(29, "create the index of dated facts", _create_indexes),
    SchemaStep(30, "create the indexes of imports", _create_indexes),
    SchemaStep(31, "store by which keys duplicates are found", _renew_lead_keys),
    SchemaStep(32, "create the indexes of held inquiries", _create_indexes),
    SchemaStep(33, "create the indexes of delivered and undelivered alerts", _create_indexes),
    SchemaStep(34, "create the indexes of Message-IDs", _create_indexes),
    SchemaStep(35, "list the conversations of past replies", add_past_conversations),
    SchemaStep(36, "create the indexes of webhooks for events", _create_indexes),
    SchemaStep(37, "store until when leads are away, and create the index of bounced addresses", _renew_lead_keys),
    SchemaStep(38, "create the indexes by which reports find what changed", _create_indexes),
    SchemaStep(39, "plan the reminders of renewals", plan_renewals),
    SchemaStep(40, "create the indexes by which reports find what came of alerts", _create_indexes),
    SchemaStep(41, "create the indexes of follow-up sequences and campaigns", _create_indexes),
    SchemaStep(42, "stamp visits, which reports count", _stamp_visits),
    SchemaStep(43, "keep what happened on each day, which reports count", _rate_again),
    SchemaStep(44, "store replies and automatic reactions with messages, which reports count", _rate_again),
    SchemaStep(45, "count events by day", _count_events),
    SchemaStep(MINOR_UNITS, "store amounts in the minor units of their currency", store_minor_units),
    SchemaStep(47, "create the indexes of what waits for a person", _create_indexes),
    SchemaStep(48, "create the indexes of what is due in all workspaces", _create_indexes),
    SchemaStep(49, "create the index of addresses that leads named", _create_indexes),
)
NEWEST = STEPS[-1].number


def version(store: Store) -> int:
    """The schema version of the database; 0 before the first step."""
    row = store.database.meta.find_one({"_id": _KEY})
    return int(row["version"]) if row else 0


def upgrade(store: Store, now: datetime, steps: tuple[SchemaStep, ...] = STEPS) -> list[str]:
    """Runs the missing steps in order, then creates missing indexes, as a restored database has none; returns the steps' names.

    Raises TooNew, PyMongoError.
    """
    known = version(store)
    if known > steps[-1].number:
        raise TooNew(
            f"this database has schema version {known}, this version of Leadlight supports {steps[-1].number}; start the newer version"
        )
    if known == 0 and store.workspaces.first() is None:
        steps = (SchemaStep(steps[-1].number, "create the indexes", _create_indexes),)  # nothing to migrate
    done = []
    with pymongo.timeout(86_400):  # a client that gives up ends the building of an index, which then begins anew
        for step in steps:
            if step.number > known:
                step.run(store)
                store.database.meta.update_one({"_id": _KEY}, {"$max": {"version": step.number}, "$set": {"at": now}}, upsert=True)
                done.append(step.name)
        store.ensure_indexes()
    return done
