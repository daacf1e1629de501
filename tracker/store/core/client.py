"""The MongoDB client: opened once per process by the composition root; and which of its errors mean that it is unavailable."""

from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.database import Database
from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]

TIMEOUT_MS = 4000
"""The longest that a call waits for MongoDB: a hung server must not hang a process."""
_UNAVAILABLE = {6, 7, 89, 134, 189, 262, 9001, 10107, 13435, 13436, 91, 11600, 11602, 50, 64, 371}
"""MongoDB's error codes for: no network, no primary, shutting down, time limit, writes refused (`leadlight move`). Source: its specifications of retryable reads and writes."""


def is_away(error: PyMongoError) -> bool:
    """Whether MongoDB is unavailable, or the outcome of the call is unknown. The call itself is valid and should be repeated."""
    # ConfigurationError: a `mongodb+srv` name was not found.
    if error.timeout or isinstance(error, ConnectionFailure | ConfigurationError):
        return True
    if not isinstance(error, OperationFailure):
        return False
    details = error.details or {}
    problems = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ()), details.get("writeConcernError", {})]
    return not _UNAVAILABLE.isdisjoint({error.code, *(problem.get("code") for problem in problems)})


def open_database(url: str, *, retry_writes: bool = True) -> Database[Document]:
    """Connects lazily (MongoDB may be unavailable now); majority writes, aware datetimes, a time limit on every call.

    With `retry_writes` the driver repeats a write whose response was lost, as when a replica set changes its primary. MongoDB keeps a
    record of each document for that. A process that repeats all of its work anyway is faster without.

    Raises ConfigurationError or ValueError for an invalid URL, OSError where it names a file that cannot be read.
    """
    client: MongoClient[Document] = MongoClient(
        url,
        connect=False,  # otherwise a `mongodb+srv` name is looked up now, and no process starts while DNS fails
        tz_aware=True,
        timeoutMS=TIMEOUT_MS,
        serverSelectionTimeoutMS=TIMEOUT_MS,
        retryWrites=retry_writes,
        maxPoolSize=50,
        appname="leadlight",
    )
    base = client.get_default_database("leadlight")
    return base.with_options(write_concern=WriteConcern("majority"), read_concern=ReadConcern("local"))
