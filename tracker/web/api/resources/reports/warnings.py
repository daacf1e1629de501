"""/report-warnings: figures that left their usual range."""

from tracker.actions.reports.warnings.week_warnings import known_warnings, monday_in
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.reports.warnings import WarningOut, warning_out

operations = Operations()


@operations.add("GET", "/report-warnings", response=List[WarningOut])
def list_report_warnings(call: Call) -> List[WarningOut]:
    """Lists the figures that were out of their usual range in the last week, of the leads that the caller sees."""
    found = known_warnings(call.store, call.viewer, monday_in(call.viewer.workspace, call.deps.now()))
    return List[WarningOut].model_construct(items=[warning_out(one) for one in found.warnings] if found else [], next=None)
