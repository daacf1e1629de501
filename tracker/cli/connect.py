"""How commands that need MongoDB or Redis reach them, and what they say when nobody answers."""

import contextlib
from collections.abc import Iterator

import redis
from pymongo.errors import ConfigurationError, PyMongoError

from tracker.actions.deps import Deps, open_deps
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings, load

_HINT = "Is Leadlight running? See `leadlight ps`, or the setting"


def opened(settings: Settings) -> Deps:
    """As `open_deps`. Raises LeadlightError where MONGO_URL or REDIS_URL can be no address at all, without quoting it."""
    try:
        return open_deps(settings)
    except OSError as error:  # such as the certificates that an address may name
        raise LeadlightError(f"MONGO_URL or REDIS_URL names a file that cannot be read: {error.strerror}") from error
    except (ConfigurationError, ValueError) as error:
        raise LeadlightError("MONGO_URL or REDIS_URL is no address that its driver understands; see docs/settings.md") from error


@contextlib.contextmanager
def reached() -> Iterator[Deps]:
    """Everything a command works with. Raises LeadlightError with one line if a server does not answer."""
    deps = opened(load())
    try:
        yield deps
    except PyMongoError as error:
        raise LeadlightError(f"MongoDB does not answer ({type(error).__name__}). {_HINT} MONGO_URL.") from error
    except redis.RedisError as error:
        raise LeadlightError(f"Redis does not answer ({type(error).__name__}). {_HINT} REDIS_URL.") from error
    finally:
        deps.store.database.client.close()
        deps.redis.close()
