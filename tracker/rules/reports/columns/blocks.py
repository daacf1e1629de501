"""Tables as bytes, to be stored, and back."""

import msgspec
import numpy as np

from tracker.rules.reports.columns.names import NOTHING, Names
from tracker.rules.reports.columns.tables import COLUMNS, TEXTS, Table, Tables

FORMAT = 6
"""Grows with each change of what the tables hold: blocks of another format are made anew."""


class _Block(msgspec.Struct, frozen=True):
    texts: list[str]
    columns: dict[str, dict[str, tuple[str, bytes]]]
    """By table and column: the type of the array and its bytes."""


def to_bytes(tables: Tables) -> bytes:
    """The block of these tables, with only those texts that they hold."""
    used = [table[name] for table in _all(tables).values() for name in table if name in TEXTS]
    codes = np.unique(np.concatenate(used)) if used else np.array([], dtype="i4")
    codes = codes[codes >= 0]
    columns = {}
    for table, its in _all(tables).items():
        found = {}
        for name, column in its.items():
            kept = np.where(column >= 0, np.searchsorted(codes, column), NOTHING).astype("i4") if name in TEXTS else column
            found[name] = (kept.dtype.str, kept.tobytes())
        columns[table] = found
    return msgspec.msgpack.encode(_Block([tables.names.texts[code] for code in codes.tolist()], columns))


def from_bytes(block: bytes, names: Names) -> Tables:
    """The tables of a block, with these names."""
    stored = msgspec.msgpack.decode(block, type=_Block)
    codes = np.array([*(names.code(text) for text in stored.texts), NOTHING], dtype="i4")  # the last one for no text
    made: dict[str, Table] = {}
    for table, its in stored.columns.items():
        found = {name: np.frombuffer(data, dtype=kind) for name, (kind, data) in its.items()}
        made[table] = {name: codes[column] if name in TEXTS else column for name, column in found.items()}
    return Tables(names, **made)


def _all(tables: Tables) -> dict[str, Table]:
    return {table: getattr(tables, table) for table in COLUMNS}
