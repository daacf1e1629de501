"""The clock of inquiries: when the first contact is due, and how long it took. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.pipeline.contacts import CompanyContact
from tracker.rules.working_hours import after_open_time, open_time

_MS = timedelta(milliseconds=1)


def due_at(at: datetime, workspace: Workspace, zone: tzinfo) -> datetime:
    """When an inquiry of this moment is to be answered. `zone` is the owner's, else the workspace's."""
    span = timedelta(minutes=workspace.policy.answer_minutes)
    if workspace.policy.answer_in_working_hours:
        return after_open_time(at, span, workspace.working_hours, zone)
    return at.astimezone(UTC) + span  # in UTC: elapsed time, whatever local clocks do


def answer_of(inquiry: Inquiry, contacts: Iterable[CompanyContact], workspace: Workspace, zone: tzinfo) -> dict[str, Any]:
    """The fields of the inquiry that say how it was answered; all None while it is not."""
    answer = min((one for one in contacts if one.at >= inquiry.at), key=lambda one: one.at, default=None)
    if answer is None:
        return dict.fromkeys(("answered_at", "answered_by", "answered_how", "elapsed_ms", "working_ms"))
    return {
        "answered_at": answer.at,
        "answered_by": answer.rep,
        "answered_how": answer.how,
        "elapsed_ms": (answer.at - inquiry.at) // _MS,
        "working_ms": open_time(inquiry.at, answer.at, workspace.working_hours, zone) // _MS,
    }
