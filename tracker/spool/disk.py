"""The disk: syncs that go on beside the event loop. Used by `writer`."""

import contextlib

from caio import linux_aio_asyncio, python_aio_asyncio
from caio.asyncio_base import AsyncioContextBase

_MOST_SYNCS = 4


def open_disk() -> AsyncioContextBase:
    """What syncs for the loop that runs now: Linux's own means, which take neither a thread nor the interpreter's lock; else threads."""
    if linux_aio_asyncio is not None:
        with contextlib.suppress(OSError, SystemError, RuntimeError):  # a container's rules may forbid it
            return linux_aio_asyncio.AsyncioContext(max_requests=_MOST_SYNCS)  # type: ignore[no-untyped-call]
    return python_aio_asyncio.AsyncioContext(max_requests=_MOST_SYNCS)  # type: ignore[no-untyped-call]
