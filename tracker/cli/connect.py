"""Connections of commands to MongoDB and Redis, with errors for users."""

import contextlib
from collections.abc import Iterator

import redis
from pymongo.errors import ConfigurationError, PyMongoError

from tracker.actions.deps import Deps, open_deps
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings, load
from tracker.store.core.connection_problems import mongo_problem, redis_problem

_HINT = "Is Leadlight running? See `leadlight ps`."


def open_connections(settings: Settings) -> Deps:
    """Like `open_deps`. Raises LeadlightError for an invalid MONGO_URL or REDIS_URL, without quoting it."""
    try:
        return open_deps(settings)
    except OSError as error:  # such as a certificate file in the URL
        raise LeadlightError(f"MONGO_URL or REDIS_URL names a file that cannot be read: {error.strerror}") from error
    except ConfigurationError as error:
        raise LeadlightError(str(mongo_problem(error, settings.mongo_url))) from None  # the driver's text may quote the URL
    except ValueError as error:
        raise LeadlightError(str(redis_problem(error, settings.redis_url))) from None


@contextlib.contextmanager
def connected() -> Iterator[Deps]:
    """The dependencies of a command. Raises LeadlightError if a server does not respond."""
    settings = load()
    deps = open_connections(settings)
    try:
        yield deps
    except PyMongoError as error:
        is_own = settings.is_mongo_embedded
        text = f"MongoDB does not respond ({type(error).__name__}). {_HINT}" if is_own else str(mongo_problem(error, settings.mongo_url))
        raise LeadlightError(text) from error
    except redis.RedisError as error:
        is_own = settings.is_redis_embedded
        text = f"Redis does not respond ({type(error).__name__}). {_HINT}" if is_own else str(redis_problem(error, settings.redis_url))
        raise LeadlightError(text) from error
    finally:
        deps.store.database.client.close()
        deps.redis.close()
