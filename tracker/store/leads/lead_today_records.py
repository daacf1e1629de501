"""The leads of one workspace in the blocks of Today; part of the repository `Leads`."""

from tracker.domain.leads.lead import Lead
from tracker.rules.pipeline.today import TodayQuery
from tracker.store.leads.lead_field_records import LeadFieldRecords
from tracker.store.leads.today import today_filter, today_index, today_options


class LeadTodayRecords(LeadFieldRecords):
    """What `Leads` does for Today."""

    def today(self, query: TodayQuery, *, limit: int) -> list[Lead]:
        """The first leads of a block of Today."""
        rows = self.rows.find({"ws": self.workspace, **today_filter(query)}, limit=limit, **today_options(query))
        return [self.value_of(row) for row in rows]

    def count_today(self, query: TodayQuery, *, most: int) -> int:
        """How many leads a block of Today has; stops counting at `most`."""
        return self.rows.count_documents({"ws": self.workspace, **today_filter(query)}, limit=most, hint=today_index(query))

    def has_any(self) -> bool:
        """Whether the workspace has a lead, archived or not."""
        return self.rows.find_one({"ws": self.workspace}, {"_id": 1}) is not None
