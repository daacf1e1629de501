"""The alert: what a rep should know about a lead now, and the rule that made it."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

LATE = timedelta(minutes=15)
"""An alert about an event older than this when it is first decided is stored as late and sent nowhere."""
PRESENT_FOR = timedelta(minutes=5)
"""How long after the last sign of activity a title stays in the present tense."""


class AlertRule(StrEnum):
    """The rule that created an alert."""

    FIRST_OPEN = "first_open"
    OPENED_AGAIN = "opened_again"
    """An older email is opened after the workspace's number of quiet days."""
    PROPOSAL_OPENED = "proposal_opened"
    CLICK = "click"
    PRICING = "pricing"
    PRICING_AGAIN = "pricing_again"
    WATCHED_PAGE = "watched_page"
    """A page that the rep or the team wants alerts about."""
    BACK = "back"
    FORM = "form"
    REPLY = "reply"
    """The lead answered an email."""
    OTHER_READER = "other_reader"
    """Someone else opens or clicks the lead's mail."""
    COMPANY = "company"
    """Several people of one company are on the site."""
    HOT = "hot"
    CUSTOM = "custom"
    """A rule of the rep or of the workspace (domain.alerting.custom_rule)."""
    TASK = "task"
    """The reminder of a task or of a dated fact."""
    NOT_DELIVERED = "not_delivered"
    """A mail from the rep's own email client did not arrive. Without a lead where the recipient is none."""
    NOT_TAKEN = "not_taken"
    """No one took the alert of an inquiry or reply in time."""
    NOT_ANSWERED = "not_answered"
    """No one answered an inquiry in time."""
    PARKED = "parked"
    """What Leadlight does by itself for a lead waits for a person: an email failed, or sending was interrupted."""
    FIGURE = "figure"
    """A figure of a report left its usual range; for managers and admins, without a lead."""
    TEST = "test"
    ALARM = "alarm"
    """A problem of Leadlight itself; for admins, without a lead."""


class Priority(StrEnum):
    """LOUD alerts have a sound, QUIET ones have none. DIGEST ones have none and reach people outside the console with the next digest."""

    DIGEST = "digest"
    QUIET = "quiet"
    LOUD = "loud"


class AlertState(StrEnum):
    """STANDING follows from the known events; WITHDRAWN no longer does; LATE was decided too late to be sent.

    UNSURE is shown in the console only: the verdict of its cause is *unsure*.
    """

    STANDING = "standing"
    WITHDRAWN = "withdrawn"
    LATE = "late"
    UNSURE = "unsure"


class WithdrawnReason(StrEnum):
    """Why an alert no longer follows from the events."""

    AUTOMATIC = "automatic"
    """A program caused the event."""
    OWN = "own"
    """A rep caused the event."""
    UNCONFIRMED = "unconfirmed"
    """It is not certain that a person caused the event."""
    OTHER_LEAD = "other_lead"
    """The event no longer belongs to the lead."""
    REPLACED = "replaced"
    """The event counts, but no rule makes this alert of it."""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """The timestamps of an alert's steps."""

    event: datetime
    verdict: datetime | None = None
    decided: datetime | None = None
    first_try: datetime | None = None
    delivered: datetime | None = None


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an alert was useful: who says so (None: a program), and when. `rule` and lead are those of the alert."""

    useful: bool
    by: str | None
    at: datetime


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert about one lead. A change of text, state or priority raises `revision`."""

    id: str
    """`id_of(workspace, lead, rule, cause)`."""
    workspace: str
    lead: str
    rep: str | None
    """The recipient; empty: the team, because the lead has no owner."""
    rule: AlertRule
    cause: str
    episode: str
    """The run of the lead's events that the alert belongs to."""
    at: datetime
    priority: Priority
    state: AlertState = AlertState.STANDING
    title: str
    """Lead and cause in the present tense, at most 45 characters; 60 for `other_reader`, which names two."""
    past: str = ""
    """The title for later: in the past tense, with the time of the cause. Empty in alerts of older versions, tests and alarms."""
    text: str
    """The rest: history, mail, stage, score, the lead's local time."""
    custom: str | None = None
    """The custom rule that made it."""
    others: tuple[str, ...] = ()
    """Other leads that the text names."""
    path: str = ""
    """The page of the console that it is about, where that is not a lead's."""
    active_until: datetime | None = None
    """The last sign of activity in the episode, as far as known."""
    withdrawn: WithdrawnReason | None = None
    """Why the alert is withdrawn; None for all others, and for alerts that an older version withdrew."""
    revision: int = 0
    times: Times
    seen_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    """The rep who marked it as done; None also where a program did."""
    taken_at: datetime | None = None
    """When someone said that they deal with it, in any channel; it then shows as taken in all of them."""
    taken_by: str | None = None
    """The rep who took it; None also where a program did."""
    snoozed_until: datetime | None = None
    """Not listed before that moment; then it is unread again, without any process doing it."""
    feedback: Feedback | None = None

    @property
    def leads(self) -> tuple[str, ...]:
        """All leads that it names; none for a test or an alarm."""
        return (self.lead, *self.others) if self.lead else ()

    @property
    def is_certain(self) -> bool:
        """Whether it counts as unread until it is read: one that is not confirmed, or withdrawn, never does."""
        return self.state not in (AlertState.UNSURE, AlertState.WITHDRAWN)

    @property
    def is_taken(self) -> bool:
        """Whether someone deals with it, or has."""
        return self.taken_at is not None or self.done_at is not None

    def is_snoozed(self, now: datetime) -> bool:
        """Whether it is hidden for now."""
        return self.snoozed_until is not None and self.snoozed_until > now

    def title_at(self, now: datetime) -> str:
        """The title as it is true at that moment: in the past tense once the visit is over."""
        is_over = self.state is AlertState.WITHDRAWN or now - (self.active_until or self.at) > PRESENT_FOR
        return self.past if self.past and is_over else self.title


def is_late(at: datetime, decided: datetime) -> bool:
    """Whether an alert about an event at `at` comes too late to be delivered."""
    return decided - at > LATE
