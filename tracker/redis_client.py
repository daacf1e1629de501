"""Clients of Redis or Valkey: one server, a managed endpoint with TLS, or the primary that Sentinel names. Cluster mode is refused.

After a failover, the next command of a connection fails or reaches a replica that refuses it; the client then asks Sentinel again.
"""

import socket
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from tracker.base.errors import LeadlightError
from tracker.base.network.sentinel_url import SentinelTarget, is_sentinel_url, sentinel_target

_SENTINEL_SECONDS = 1.0
_KEEPALIVE = {"TCP_KEEPIDLE": 3, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3}
"""A lost machine ends a waiting connection after twelve seconds: a worker waits most of its time for its queue."""
_CLUSTER = (
    "REDIS_URL names a server in cluster mode, on which the job queue does not run: give one without cluster mode, "
    "or Sentinels (redis+sentinel://host1:26379,host2:26379/name)"
)


class ClusterRefused(LeadlightError):
    """The server runs in cluster mode."""


def redis_client(url: str, *, connect_timeout: float, timeout: float | None = None, retries: int = 0) -> redis.Redis:
    """A client that connects when it is first used. Raises ValueError for an invalid URL, OSError for an unreadable file it names."""
    options: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": connect_timeout, "health_check_interval": 30}
    options["retry"] = Retry(NoBackoff(), retries)
    if not url.startswith("unix:"):
        options |= {"socket_keepalive": True, "socket_keepalive_options": _keepalive()}
    if is_sentinel_url(url):
        return _primary(sentinel_target(url), options)
    return redis.Redis.from_url(url, **options)


def refuse_cluster(client: redis.Redis) -> None:
    """Raises ClusterRefused for a server in cluster mode, redis.RedisError if there is no answer."""
    try:
        found: Any = client.info("cluster")
    except redis.exceptions.NoPermissionError:
        return
    if str(found.get("cluster_enabled", 0)) == "1":
        raise ClusterRefused(_CLUSTER)


def _primary(target: SentinelTarget, options: dict[str, Any]) -> redis.Redis:
    tls: dict[str, Any] = {"ssl": True, **target.tls_files} if target.is_tls else {}
    asked = Sentinel(  # type: ignore[no-untyped-call]
        target.sentinels,
        sentinel_kwargs={
            "username": target.sentinel_username,
            "password": target.sentinel_password,
            "socket_timeout": _SENTINEL_SECONDS,
            "socket_connect_timeout": _SENTINEL_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            **tls,
        },
    )
    account = {"username": target.username, "password": target.password, "db": target.database}
    client: redis.Redis = asked.master_for(target.name, **options, **account, **tls)  # type: ignore[no-untyped-call]
    return client


def _keepalive() -> dict[int, int]:
    return {getattr(socket, name): seconds for name, seconds in _KEEPALIVE.items() if hasattr(socket, name)}
