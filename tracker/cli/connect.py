"""Connections of commands to MongoDB and Redis, with errors for users."""

import contextlib
from collections.abc import Iterator

import redis
from pymongo.errors import ConfigurationError, PyMongoError

from tracker.actions.deps import Deps, open_deps
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings, load

_HINT = "Is Leadlight running? See `leadlight ps`, or the setting"


def open_connections(settings: Settings) -> Deps:
    """Like `open_deps`. Raises LeadlightError for an invalid MONGO_URL or REDIS_URL, without quoting it."""
    try:
        return open_deps(settings)
    except OSError as error:  # such as a certificate file in the URL
        raise LeadlightError(f"MONGO_URL or REDIS_URL names a file that cannot be read: {error.strerror}") from error
    except (ConfigurationError, ValueError) as error:
        raise LeadlightError("MONGO_URL or REDIS_URL is not a valid URL; see docs/settings.md") from error


@contextlib.contextmanager
def connected() -> Iterator[Deps]:
    """The dependencies of a command. Raises LeadlightError if a server does not respond."""
    deps = open_connections(load())
    try:
        yield deps
    except PyMongoError as error:
        raise LeadlightError(f"MongoDB does not respond ({type(error).__name__}). {_HINT} MONGO_URL.") from error
    except redis.RedisError as error:
        raise LeadlightError(f"Redis does not respond ({type(error).__name__}). {_HINT} REDIS_URL.") from error
    finally:
        deps.store.database.client.close()
        deps.redis.close()
