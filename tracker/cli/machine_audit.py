"""Audit entries of commands that work without MongoDB: written where it can be reached, else their absence is said."""

from pymongo.errors import PyMongoError

from tracker.actions.ops import audit
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings
from tracker.cli.connect import opened
from tracker.cli.output import say
from tracker.cli.servers import is_running
from tracker.domain.ops.audit import AuditAction


def note_if_reached(settings: Settings, action: AuditAction, subject: str = "", **details: str) -> None:
    """Adds an entry to every workspace; says on stderr that there is none where MongoDB does not answer. Never raises for that."""
    if settings.is_mongo_embedded and not is_running(settings):
        say("This is not in the audit log, since Leadlight does not run")
        return
    try:
        deps = opened(settings)
        try:
            audit.record_for_all(deps, action, subject, **details)
        finally:
            deps.store.database.client.close()
            deps.redis.close()
    except (PyMongoError, LeadlightError) as error:
        say(f"This is not in the audit log, since MongoDB does not answer ({type(error).__name__})")
