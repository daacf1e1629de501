"""How commands that need MongoDB or Redis reach them, and what they say when nobody answers."""

import contextlib
from collections.abc import Iterator

import redis
from pymongo.errors import ConfigurationError, PyMongoError

from tracker.actions.deps import Deps, open_deps
from tracker.base.errors import LeadlightError
from tracker.base.settings import load

_HINT = "Is Leadlight running? See `leadlight ps`, or the setting"


@contextlib.contextmanager
def reached() -> Iterator[Deps]:
    """Everything a command works with. Raises LeadlightError with one line if a server does not answer."""
    settings = load()
    try:
        deps = open_deps(settings)
    except ConfigurationError as error:  # which would quote the password
        raise LeadlightError("MONGO_URL is no address that MongoDB's driver understands; see docs/settings.md") from error
    except ValueError as error:
        raise LeadlightError("REDIS_URL is no address that Redis' driver understands; see docs/settings.md") from error
    try:
        yield deps
    except PyMongoError as error:
        raise LeadlightError(f"MongoDB does not answer ({type(error).__name__}). {_HINT} MONGO_URL.") from error
    except redis.RedisError as error:
        raise LeadlightError(f"Redis does not answer ({type(error).__name__}). {_HINT} REDIS_URL.") from error
    finally:
        deps.store.database.client.close()
        deps.redis.close()
