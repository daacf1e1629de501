"""Composition root: the dependencies of every process, created once at its start."""

import logging
import threading
from dataclasses import dataclass

import redis
from pymongo.database import Database
from pymongo.errors import PyMongoError

from tracker.actions.networks import networks_of
from tracker.base.clock import Clock, utc_now
from tracker.base.encryption.keyring import Keyring
from tracker.base.settings import Settings
from tracker.links.keys import Keys
from tracker.live_bus import Bus
from tracker.redis_client import ClusterRefused, redis_client, refuse_cluster
from tracker.rq_queue import WakeUps
from tracker.rules.verdicts.networks import Networks
from tracker.store.core.client import Document, open_database
from tracker.store.core.connection_problems import mongo_problem, redis_problem
from tracker.store.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deps:
    """The dependencies of a process. Nothing connects before it is used."""

    settings: Settings
    now: Clock
    store: Store
    redis: redis.Redis
    bus: Bus
    wake: WakeUps
    keys: Keys

    @property
    def networks(self) -> Networks:
        """The networks of addresses, read at first use."""
        return networks_of(self.settings.networks_file, self.settings.asn_database)


def open_redis(url: str, *, timeout: float = 2.0) -> redis.Redis:
    """A client with a short timeout, because Redis holds only hints."""
    return redis_client(url, connect_timeout=0.5, timeout=timeout, retries=1)


def start_deps(settings: Settings, *, retry_writes: bool = True) -> Deps:
    """As `open_deps`, for a process that starts: logs once, in the background, why MongoDB or Redis cannot be used."""
    deps = open_deps(settings, retry_writes=retry_writes)

    def check() -> None:
        try:
            deps.store.database.meta.find_one({}, {"_id": 1})  # a ping needs no password
        except (PyMongoError, OSError) as error:
            log.warning("MongoDB cannot be used", extra={"reason": str(mongo_problem(error, deps.settings.mongo_url))})
        try:
            refuse_cluster(deps.redis)
        except ClusterRefused as error:
            log.error("Redis cannot be used", extra={"reason": str(error)})  # noqa: TRY400 - the line says it all
        except (redis.RedisError, OSError) as error:
            log.warning("Redis cannot be used", extra={"reason": str(redis_problem(error, deps.settings.redis_url))})

    threading.Thread(target=check, name="connections", daemon=True).start()
    return deps


def open_deps(settings: Settings, now: Clock = utc_now, *, retry_writes: bool = True, database: Database[Document] | None = None) -> Deps:
    """The dependencies of a process, or of a part of it that shares its `database`.

    Works while MongoDB and Redis are unavailable; calls then fail in bounded time.

    Without `retry_writes`, for those who repeat all of their work until it is done, bulk writes cost MongoDB a third less.
    """
    client = open_redis(settings.redis_url)
    if database is None:
        database = open_database(settings.mongo_url, retry_writes=retry_writes)
    return Deps(
        settings=settings,
        now=now,
        store=Store(database, Keyring(settings.secret_keys_file)),
        redis=client,
        bus=Bus(client),
        wake=WakeUps(client),
        keys=Keys(settings.signing_keys_file),
    )
