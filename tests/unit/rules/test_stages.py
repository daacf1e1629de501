"""Automatic moves of the stage by sent email."""

from datetime import UTC, datetime

import pytest

from tracker.domain.mail.message import MessageBrief, MessageState
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.stages import rule_moves

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HOME = Workspace(id="w", name="W", created_at=NOON)


@pytest.mark.parametrize(
    ("kind", "automatic", "stages"),
    [
        (None, "", ["Contacted"]),
        ("offer", "", ["Contacted"]),
        ("proposal", "", ["Proposal Sent"]),
        (None, "sequence:one", []),
        ("offer", "campaign:one", []),
        ("proposal", "automation:one", ["Proposal Sent"]),
    ],
)
def test_only_what_a_person_sent_makes_a_new_lead_contacted(kind, automatic, stages):
    """First contact is made by a person; a proposal was sent either way."""
    brief = MessageBrief(
        id="m", workspace="w", lead="l", subject="Hello", kind=kind, automatic=automatic, state=MessageState.SENT, sent_at=NOON
    )
    assert [move.stage for move in rule_moves([brief], [], HOME, "New")] == stages
