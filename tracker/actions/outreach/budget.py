"""How much email may be sent by itself: a number a day for each rep and for the workspace, and one email a lead and day."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.base.time_zones import zone_of
from tracker.domain.mail.message import WAITING, MessageBrief, MessageState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.working_hours import start_of_day

_LONGEST_DAY = timedelta(hours=50)
_UNDER_WAY = (*WAITING, MessageState.SENDING)


class MailBudget:
    """What is left of today, for one run. Days are those of the rep, and for the workspace its own."""

    def __init__(self, deps: Deps, workspace: Workspace, now: datetime) -> None:
        self._workspace, self._now = workspace, now
        found = deps.store.of(workspace.id).messages.automatic_since(now - _LONGEST_DAY)
        self._made = [(one.created_at, one.rep) for one in found if one.created_at]
        self._leads: set[str] = set()
        today = start_of_day(now, zone_of(workspace.timezone))
        self._of_all = sum(at >= today for at, _ in self._made)
        self._of_reps: Counter[str] = Counter()
        self._read: set[str] = set()

    def refusal(self, rep: Rep, lead: str, messages: Sequence[MessageBrief]) -> str:
        """Why the rep may not send this lead an email today; empty: it may. `messages`: all of the lead."""
        if self._of_all >= self._workspace.automatic_limit_all:
            return "The company's limit of a day is reached"
        if self._of(rep) >= self._workspace.automatic_limit:
            return "The rep's limit of a day is reached"
        today = start_of_day(self._now, zone_of(rep.timezone, self._workspace.timezone))
        own = (one for one in messages if one.envelope.copy_to is None)
        is_written_to = any(one.state in _UNDER_WAY or (one.sent_at is not None and one.sent_at >= today) for one in own)
        return "The lead has an email of today" if lead in self._leads or is_written_to else ""

    def spend(self, rep: Rep, lead: str) -> None:
        """Counts one email."""
        self._of(rep)
        self._of_reps[rep.id] += 1
        self._of_all += 1
        self._leads.add(lead)

    def _of(self, rep: Rep) -> int:
        if rep.id not in self._read:
            self._read.add(rep.id)
            today = start_of_day(self._now, zone_of(rep.timezone, self._workspace.timezone))
            self._of_reps[rep.id] += sum(at >= today for at, key in self._made if key == rep.id)
        return self._of_reps[rep.id]
