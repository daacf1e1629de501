"""What became of sending a message, in words: on the message and lead pages, and after a rep pressed a button. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tracker.domain.mail.message import Message, MessageState
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.web.console.text.dates import heading

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NEAR = ("Today", "Tomorrow", "Yesterday")


@dataclass(frozen=True, slots=True)
class SendingOutcome:
    """`tone` is a kind of flash message: ok, warn or error."""

    text: str
    tone: str = "ok"


def outcome_of(message: Message, first_name: str, zone: tzinfo, now: datetime) -> SendingOutcome:
    """What a rep reads after sending a message that did not fail for good."""
    if message.state is MessageState.SENT:
        return SendingOutcome(_sent_text(message, first_name))
    due = moment_text(message.next_try_at, zone, now) if message.next_try_at else "soon"
    if message.state is MessageState.SCHEDULED:
        late = message.send_at is not None and message.next_try_at is not None and message.next_try_at > message.send_at
        return SendingOutcome(f"Scheduled for {due}{', when working hours begin' if late else ''}.")
    if message.error:
        return SendingOutcome(f"Not sent yet: {message.error.removesuffix('.')}. Next try: {due}.", "warn")
    return SendingOutcome("It is being sent." if message.state is MessageState.SENDING else "Waiting to be sent.")


def _sent_text(message: Message, first_name: str) -> str:
    if message.degree is Tracking.OFF:
        return f"Sent. {message.tracking_reason}." if message.tracking_reason else "Sent, without tracking."
    return f"Sent. You are alerted when {first_name} {'opens it' if message.degree is Tracking.FULL else 'clicks a link'}."


def waiting_note(message: Message, zone: tzinfo, now: datetime) -> str:
    """Why and until when a message waits; empty for others."""
    if message.state is MessageState.SCHEDULED and message.next_try_at:
        return f"It is sent {moment_text(message.next_try_at, zone, now)}."
    if message.state is MessageState.QUEUED and message.next_try_at and message.error:
        return f"{message.error[:1].upper()}{message.error[1:].removesuffix('.')}. Next try: {moment_text(message.next_try_at, zone, now)}."
    return ""


def moment_text(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """`today 14:05`, `tomorrow 08:00`, `Thursday 12 November 08:00`."""
    day = heading(moment, zone, now)
    return f"{day.lower() if day in _NEAR else day} {moment.astimezone(zone):%H:%M}"


def hours_text(hours: WorkingHours) -> str:
    """`Mon–Fri 8:00–18:00`, or `Mon, Wed 9:00–12:30`."""
    days = sorted(hours.days)
    is_span = len(days) > 2 and days == list(range(days[0], days[-1] + 1))  # noqa: PLR2004 - two days are listed
    listed = f"{DAY_NAMES[days[0]]}–{DAY_NAMES[days[-1]]}" if is_span else ", ".join(DAY_NAMES[day] for day in days)
    return f"{listed} {clock_text(hours.start)}–{clock_text(hours.end)}"


def clock_text(minutes: int) -> str:
    """`8:00` for minutes after midnight."""
    return f"{minutes // 60}:{minutes % 60:02d}"
