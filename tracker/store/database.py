"""The store: MongoDB, opened once per process; `Store.of(workspace)` gives the repositories of one workspace."""

from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]

TIMEOUT_MS = 4000
"""No call waits longer for MongoDB than this: a hung server must not hang a process."""


def open_database(url: str, name: str | None = None, *, timeout_ms: int = TIMEOUT_MS) -> Database[Document]:
    """Connects lazily (MongoDB may be away now); majority writes, aware datetimes, a time limit on every call."""
    client: MongoClient[Document] = MongoClient(
        url,
        tz_aware=True,
        timeoutMS=timeout_ms,
        serverSelectionTimeoutMS=timeout_ms,
        retryWrites=True,
        maxPoolSize=50,
        appname="leadlight",
    )
    base = client.get_database(name) if name else client.get_default_database("leadlight")
    return base.with_options(write_concern=WriteConcern("majority"), read_concern=ReadConcern("local"))
