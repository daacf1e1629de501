"""Runs independent calls of the store in parallel, since each mostly waits for MongoDB."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, overload

_THREADS = 16
"""Calls may run calls of their own, three levels deep, in two batches at once: at most six threads wait for others, the rest work."""
_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")

One = TypeVar("One")
Two = TypeVar("Two")
Three = TypeVar("Three")
Four = TypeVar("Four")


@overload
def run_parallel(one: Callable[[], One], two: Callable[[], Two], /) -> tuple[One, Two]: ...
@overload
def run_parallel(one: Callable[[], One], two: Callable[[], Two], three: Callable[[], Three], /) -> tuple[One, Two, Three]: ...
@overload
def run_parallel(
    one: Callable[[], One], two: Callable[[], Two], three: Callable[[], Three], four: Callable[[], Four], /
) -> tuple[One, Two, Three, Four]: ...
@overload
def run_parallel(*calls: Callable[[], One]) -> tuple[One, ...]: ...
def run_parallel(*calls: Callable[[], object]) -> tuple[object, ...]:
    """The results of the calls, in their order. All calls are made; if some fail, the error of the first of these is raised."""
    others = [_pool.submit(call) for call in calls[1:]]
    try:
        first = calls[0]()
    finally:
        for other in others:
            other.exception()  # no call may still be running when the caller continues
    return (first, *(other.result() for other in others))
