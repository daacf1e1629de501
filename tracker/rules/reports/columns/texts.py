"""Products, reasons and origins that several leads have."""

from collections.abc import Iterable

import numpy as np

from tracker.rules.reports.columns.tables import Tables


def texts_of_others(tables: Tables, lead: str, visits: Iterable[str] = ()) -> set[str]:
    """The products of sales, the reasons of moves and of ended sales, origins and pages of visits, and campaigns of messages of all leads but this one.

    `visits`: those without lead that are the lead's all the same.
    """
    (rows,) = np.nonzero(tables.rows_of([lead]))
    own = np.isin(tables.visits["id"], np.array([visit.encode() for visit in visits], dtype="S"))
    found = set[int]()
    for table, columns in (
        (tables.sales, ("product", "reason")),
        (tables.steps, ("reason",)),
        (tables.visits, ("origin", "landing")),
        (tables.touches, ("page",)),
        (tables.mails, ("campaign",)),
    ):
        others = ~np.isin(table["lead"], rows)
        if table is tables.visits:
            others &= ~own
        for column in columns:
            found |= set(np.unique(table[column][others]).tolist())
    return {tables.names.texts[code] for code in found if code >= 0}
