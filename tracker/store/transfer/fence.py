"""The fence: the old MongoDB refuses every write, and answers reads as before, while the last changes are transferred.

MongoDB keeps it over restarts. Therefore it is lifted at every start with the embedded MongoDB, and when `leadlight move` ends without
having moved; after a move it stays, so that nothing can be written where no one would look for it.
"""

from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure

from tracker.base.errors import LeadlightError
from tracker.store.core.client import is_away

_REFUSED = 2
"""As `serverStatus` says it; 1: accepted."""


def refuse_writes(database: Database[Any]) -> None:
    """Returns when no write is in progress any more. Raises LeadlightError if this MongoDB cannot do it, PyMongoError."""
    try:
        database.client.admin.command({"setUserWriteBlockMode": 1, "global": True})
    except OperationFailure as error:
        raise LeadlightError(f"the embedded MongoDB cannot refuse writes ({error.details and error.details.get('codeName')})") from error


def refuses_writes(database: Database[Any]) -> bool:
    """Whether it still does: a Leadlight that is started meanwhile lifts the fence. Raises PyMongoError."""
    mode = database.client.admin.command("serverStatus", repl=1).get("repl", {}).get("userWriteBlockMode")
    return bool(mode == _REFUSED)


def allow_writes(database: Database[Any]) -> None:
    """Lifts the fence, if there is one: a MongoDB that does not know the command, or may not run it, has none. Raises PyMongoError."""
    try:
        database.client.admin.command({"setUserWriteBlockMode": 1, "global": False})
    except OperationFailure as error:
        if is_away(error):
            raise
