"""Audit log entries of commands that work without MongoDB. If it is unavailable, a message tells that the entry is missing."""

from pymongo.errors import PyMongoError

from tracker.actions.ops import audit
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings
from tracker.cli.connect import open_connections
from tracker.cli.output import say
from tracker.cli.servers import is_running
from tracker.domain.ops.audit import AuditAction


def record_if_connected(settings: Settings, action: AuditAction, subject: str = "", **details: str) -> None:
    """Adds an entry to every workspace, or prints a message on stderr if MongoDB does not respond."""
    if settings.is_mongo_embedded and not is_running(settings):
        say("No audit log entry was written: Leadlight is not running")
        return
    try:
        deps = open_connections(settings)
        try:
            audit.record_for_all(deps, action, subject, **details)
        finally:
            deps.store.database.client.close()
            deps.redis.close()
    except (PyMongoError, LeadlightError) as error:
        say(f"No audit log entry was written: MongoDB does not respond ({type(error).__name__})")
