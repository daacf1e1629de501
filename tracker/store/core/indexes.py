"""Creating indexes, also where an older version created them differently."""

import contextlib
from collections.abc import Sequence

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from tracker.store.core.client import Document

_INDEX_DIFFERS = (85, 86)
"""MongoDB's error codes for: an index of this name exists with other options or other keys."""


def ensure_indexes(rows: Collection[Document], indexes: Sequence[IndexModel]) -> None:
    """Creates the indexes in one call; replaces those of the same name or keys that differ."""
    if not indexes:
        return
    try:
        rows.create_indexes(list(indexes))
    except OperationFailure as error:
        if error.code not in _INDEX_DIFFERS:
            raise
        for index in indexes:
            ensure_index(rows, index)


def ensure_index(rows: Collection[Document], index: IndexModel) -> None:
    """Creates the index; replaces one of the same name or keys that differs."""
    try:
        rows.create_indexes([index])
    except OperationFailure as error:
        if error.code not in _INDEX_DIFFERS:
            raise
        rows.drop_index(index.document["name"])
        rows.create_indexes([index])


def drop_index(rows: Collection[Document], name: str) -> None:
    """Drops an index of an earlier version, where it exists."""
    with contextlib.suppress(OperationFailure):
        rows.drop_index(name)
