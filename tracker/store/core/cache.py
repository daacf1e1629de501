"""A cache of bounded size: when it is full, the entries added first are dropped. Shared by the threads of a process."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """At most `size` entries."""

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        """The entry, if it is still there."""
        return self._entries.get(key)

    def add(self, entries: Mapping[K, V]) -> None:
        """Adds or replaces entries."""
        self._entries.update(entries)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)
