"""The stored figures of the board: one document for a workspace whose leads are too many to count for each page."""

from tracker.domain.pipeline.stage_total import BoardTotals
from tracker.store.core.records import Records, replace_or_insert

BOARD = "board"
"""The id of the only record of a workspace."""


class BoardTotalRecords(Records[BoardTotals]):
    """Derived from the leads; replaced by a sweep, and changed with each change of a lead by a person."""

    collection = "board_totals"
    kind = BoardTotals

    def replace(self, totals: BoardTotals) -> None:
        """Stores a new count."""
        document = self.document_of(totals)
        replace_or_insert(self.rows, [document], {document["_id"]})
