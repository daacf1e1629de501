"""Together: calls of the store that do not depend on each other, made at once, since each is mostly waiting for MongoDB."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, overload

_HANDS = 16
"""Calls may make calls of their own, three levels deep, twice beside each other: at most six hands wait for others, the rest work."""
_pool = ThreadPoolExecutor(_HANDS, thread_name_prefix="store")

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
    """What each of the calls returned, in their order. All are made; if some fail, what the first of these raised is raised."""
    others = [_pool.submit(call) for call in calls[1:]]
    try:
        first = calls[0]()
    finally:
        for other in others:
            other.exception()  # nothing of this may still be under way when the caller goes on
    return (first, *(other.result() for other in others))
