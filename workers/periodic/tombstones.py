"""Tombstones: each host's file `DATA/erased` and the database contain the same ones. One of the sweeps."""

import logging
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.privacy import erase
from tracker.base.errors import LeadlightError
from tracker.domain.ops.audit import SYSTEM

log = logging.getLogger(__name__)


def keep_tombstones(deps: Deps, now: datetime) -> None:
    """Adds what either lacks. A lead that a restored database has brought back is erased again. An unreadable file is logged."""
    del now
    try:
        erase.keep_tombstones(deps, SYSTEM)
    except LeadlightError as error:
        log.error("the list of erased leads is not used", extra={"error": str(error)})  # noqa: TRY400 - the message says it all
