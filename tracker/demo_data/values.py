"""The records of the demo's history, ready to be stored. Created by demo_data.history."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import Dwell
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task
from tracker.domain.team.rep import Rep
from tracker.rules.identity import Claim


@dataclass(slots=True)
class History:
    """All records of one month of the demo workspace."""

    reps: list[Rep] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    dwells: list[Dwell] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)


def id_at(moment: datetime, *parts: str) -> str:
    """A deterministic id that sorts by that moment."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()
    return f"{milliseconds(moment):012x}7{digest[1:4]}8{digest[5:]}"
