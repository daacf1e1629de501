"""What every start makes sure of: indexes, one workspace, and while nobody has a password, one link that signs the admin in."""

import logging
from dataclasses import dataclass, field

from tracker.actions.deps import open_deps
from tracker.actions.ops import audit
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.actions.workspace.first_start import first_sign_in
from tracker.actions.workspace.workspaces import first_workspace
from tracker.base.settings import Settings
from tracker.domain.ops.audit import AuditAction
from tracker.store.schema import upgrade, version

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Welcome:
    """`sign_in`: the link, valid once and for 15 minutes; None as soon as a rep has a password. `lost`: secrets to be typed again."""

    sign_in: str | None
    lost: list[str] = field(default_factory=list)


def prepare(settings: Settings) -> Welcome:
    """Makes what is missing. Repeats do no harm. Raises PyMongoError while MongoDB is away; TooNew where a newer Leadlight made the database."""
    deps = open_deps(settings)
    try:
        done = upgrade(deps.store, deps.now())
        for step in done:
            log.info("upgraded", extra={"step": step})
        deps.store.ensure_indexes()
        if done:
            audit.record_for_all(deps, AuditAction.DATABASE_UPGRADED, layout=str(version(deps.store)))
        first_workspace(deps)
        return Welcome(first_sign_in(deps), lost_secrets(deps))
    finally:
        deps.store.database.client.close()
        deps.redis.close()
