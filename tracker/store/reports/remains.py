"""Remains: what reports keep of erased leads, under random ids and without text. Written by actions.privacy.erase."""

from tracker.domain.privacy.remains import Remains
from tracker.store.core.records import Records
from tracker.store.core.stamps import STAMP_INDEX


class ReportRemains(Records[Remains]):
    """One document for each erased lead."""

    collection = "report_remains"
    is_stamped = True
    indexes = (STAMP_INDEX,)
    kind = Remains
