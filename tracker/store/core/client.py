"""The store: MongoDB, opened once per process; `Store.of(workspace)` gives the repositories of one workspace."""

from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.database import Database
from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]

TIMEOUT_MS = 4000
"""No call waits longer for MongoDB than this: a hung server must not hang a process."""
_AWAY = {6, 7, 89, 134, 189, 262, 9001, 10107, 13435, 13436, 91, 11600, 11602, 50, 64}
"""MongoDB's codes: no network, no primary, shutting down, too late. Source: its specifications of retryable reads and writes."""


def is_away(error: PyMongoError) -> bool:
    """Whether MongoDB could not do it now, or could not say whether it is done: no fault of what was asked, which is to be repeated."""
    if error.timeout or isinstance(error, ConnectionFailure | ConfigurationError):  # the latter where a `mongodb+srv` name is not found
        return True
    if not isinstance(error, OperationFailure):
        return False
    details = error.details or {}
    troubles = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ()), details.get("writeConcernError", {})]
    return not _AWAY.isdisjoint({error.code, *(trouble.get("code") for trouble in troubles)})


def open_database(url: str, *, retry_writes: bool = True) -> Database[Document]:
    """Connects lazily (MongoDB may be away now); majority writes, aware datetimes, a time limit on every call.

    Raises ConfigurationError, ValueError or OSError where the URL can be no address, or names a file that cannot be read.

    With `retry_writes` a write whose answer was lost, as when a replica set changes its primary, is made once more by the driver,
    for which MongoDB keeps a note of each document. Whoever repeats all of its work anyway does better without.
    """
    client: MongoClient[Document] = MongoClient(
        url,
        connect=False,  # else the name of a `mongodb+srv` is looked up now, and nothing comes up while it is not found
        tz_aware=True,
        timeoutMS=TIMEOUT_MS,
        serverSelectionTimeoutMS=TIMEOUT_MS,
        retryWrites=retry_writes,
        maxPoolSize=50,
        appname="leadlight",
    )
    base = client.get_default_database("leadlight")
    return base.with_options(write_concern=WriteConcern("majority"), read_concern=ReadConcern("local"))
