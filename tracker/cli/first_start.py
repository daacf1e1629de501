"""Preparation at every start: schema, indexes, the first workspace and, without any password, a sign-in link for the admin."""

import logging
from dataclasses import asdict, dataclass, field

from tracker.actions.deps import open_deps
from tracker.actions.ops import audit
from tracker.actions.ops.key_distribution import sync_keys
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.actions.workspace.first_start import first_sign_in
from tracker.actions.workspace.workspaces import first_workspace
from tracker.base.settings import Settings
from tracker.domain.ops.audit import AuditAction
from tracker.store.address_keys import equal_addresses
from tracker.store.schema import upgrade, version

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Welcome:
    """`sign_in` is a single-use link, valid for 15 minutes; None once a rep has a password. `lost` lists secrets to be entered again."""

    sign_in: str | None
    lost: list[str] = field(default_factory=list)


def prepare(settings: Settings) -> Welcome:
    """Creates what is missing; may be repeated. Raises PyMongoError while MongoDB is unavailable, TooNew for a newer database."""
    deps = open_deps(settings)
    try:
        done = upgrade(deps.store, deps.now())
        for step in done:
            log.info("upgraded", extra={"step": step})
        for pair in equal_addresses(deps.store) if done else ():
            log.warning("kept equal email addresses", extra=asdict(pair))
        if done:
            audit.record_for_all(deps, AuditAction.DATABASE_UPGRADED, layout=str(version(deps.store)))
        sync_keys(deps)  # before anything is signed
        first_workspace(deps)
        return Welcome(first_sign_in(deps), lost_secrets(deps))
    finally:
        deps.store.database.client.close()
        deps.redis.close()
