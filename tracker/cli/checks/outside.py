"""Checks of what Leadlight depends on outside its processes, by `leadlight doctor`: outgoing mail, public addresses, clocks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import redis
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.workspace.edge_address import edge_problem, resolver_for
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.http.outbound import Outbound
from tracker.base.network.public_names import unreachable_reason
from tracker.base.settings import Settings
from tracker.cli.checks.check import Check
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import smtp
from tracker.mail.routes import mail_resolver, route_of

_MOST_SKEW = timedelta(seconds=5)
_SLOW = timedelta(seconds=2)
_SECONDS = 8.0
_OK = 200


def mail_checks(deps: Deps) -> Iterator[Check]:
    """Whether each company's mail server accepts the sign-in; nothing is sent. Demo workspaces are skipped."""
    for workspace in deps.store.workspaces.all():
        if not workspace.is_demo:
            yield _mail_check(workspace, deps.settings)


def _mail_check(workspace: Workspace, settings: Settings) -> Check:
    name, todo = workspace.name, "Correct it in Settings, Email, or in SMTP_URL."
    try:
        route = route_of(workspace, settings)
        if route is None:
            return Check("Outgoing mail", "warn", f"{name}: no mail server", "Set it in Settings, Email, or set SMTP_URL.")
        smtp.check(route, mail_resolver(settings), _SECONDS)
    except (DeliveryError, Invalid) as error:
        return Check("Outgoing mail", "warn", f"{name}: {str(error).rstrip('.')}", todo)
    return Check("Outgoing mail", "ok", f"{name}: {route.server.host}:{route.server.port} accepts mail")


def address_checks(settings: Settings) -> Iterator[Check]:
    """Whether the edge and the console answer at their public addresses."""
    if not unreachable_reason(settings.edge_url):
        problem = edge_problem(settings.edge_url, resolver_for(settings.edge_url))
        if problem:
            yield Check("Public address", "warn", problem.rstrip("."), "See docs/operations/proxy.md.")
        else:
            yield Check("Public address", "ok", f"the edge answers at {settings.edge_url}")
    if not unreachable_reason(settings.public_url):
        yield _console_check(settings.public_url)


def _console_check(url: str) -> Check:
    client = Outbound(total=_SECONDS, resolver=resolver_for(url))
    todo = "The proxy must pass PUBLIC_URL to PORT; see docs/operations/proxy.md."
    try:
        status = client.probe(f"{url}/healthz").status
    except DeliveryError as error:
        return Check("Public address", "warn", str(error).rstrip("."), todo)
    finally:
        client.close()
    if status != _OK:
        return Check("Public address", "warn", f"{url} answers {status}, and not as the console does", todo)
    return Check("Public address", "ok", f"the console answers at {url}")


def clock_checks(deps: Deps) -> Iterator[Check]:
    """Whether this machine's clock agrees with those of MongoDB and Redis."""
    try:
        yield _clock("MongoDB", lambda: _mongo_time(deps))
    except PyMongoError as error:
        yield Check("Clock", "warn", f"MongoDB's time is unknown ({type(error).__name__})")
    try:
        yield _clock("Redis", lambda: _redis_time(deps))
    except redis.RedisError as error:
        yield Check("Clock", "warn", f"Redis' time is unknown ({type(error).__name__})")


def _mongo_time(deps: Deps) -> datetime:
    found: datetime = deps.store.database.command("hello")["localTime"]
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _redis_time(deps: Deps) -> datetime:
    seconds, micros = deps.redis.time()
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)


def _clock(name: str, read: Callable[[], datetime]) -> Check:
    started, before = datetime.now(UTC), monotonic()
    theirs = read()
    took = timedelta(seconds=monotonic() - before)
    return clock_check(name, theirs - (started + took / 2), took)


def clock_check(name: str, skew: timedelta, took: timedelta) -> Check:
    """The check of a clock that is ahead of ours by `skew`, by a question that `took` so long."""
    if took > _SLOW:
        return Check("Clock", "warn", f"{name} took {took.total_seconds():.1f} s to tell its time")
    if abs(skew) <= _MOST_SKEW + took:
        return Check("Clock", "ok", f"agrees with that of {name}")
    way = "ahead of" if skew > timedelta() else "behind"
    todo = "Keep both by NTP, for example with chrony: alerts, sessions and links depend on the time."
    return Check("Clock", "warn", f"{name}'s clock is {abs(skew).total_seconds():,.0f} s {way} this machine's", todo)
