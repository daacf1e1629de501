"""Sentences for events, and the reasons why automatic requests do not count. Used by lead and live pages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tracker.domain.activity.event import Event, EventKind, Label
from tracker.domain.activity.own_browser import OWN
from tracker.domain.mail.message import Message
from tracker.domain.mail.share_link import ShareLink
from tracker.domain.team.rep import Rep
from tracker.rules.forms.texts import act_of
from tracker.rules.page_names import page_name, split_url
from tracker.rules.replay_text import click_text

NEW_ADDRESS = {
    "reply": "They answered from another address",
    "named": "They named a new address",
    "bounce": "A mail server named a new address",
}
"""How another address of a lead became known, by NewAddressHow."""


@dataclass(frozen=True, slots=True)
class EventNames:
    """The messages, share links and reps that sentences name."""

    messages: Mapping[str, Message]
    shares: Mapping[str, ShareLink]
    reps: Mapping[str, Rep]
    me: str = ""
    """The id of the signed-in rep, shown as `You`."""
    touch_icons: Mapping[str, str] = field(default_factory=dict)
    """Icons of touch types by name."""

    def rep_name(self, rep: str | None) -> str:
        """`You`, a name, or `A colleague` for a deleted rep."""
        if rep and rep == self.me:
            return "You"
        found = self.reps.get(rep or "")
        return found.name if found else "A colleague"

    def subject(self, message: str | None) -> str:
        """The subject in quotation marks."""
        found = self.messages.get(message or "")
        return f"“{found.subject}”" if found else "an email"


_ICONS = {
    EventKind.SENT: "send",
    EventKind.OPEN: "mail-open",
    EventKind.CLICK: "cursor",
    EventKind.VIEW: "page",
    EventKind.SUBMIT: "form",
    EventKind.DOWNLOAD: "download",
    EventKind.UNSUBSCRIBE: "alert",
    EventKind.REPLY: "mail",
    EventKind.BOUNCE: "alert",
    EventKind.AWAY: "clock",
    EventKind.CALL: "phone",
    EventKind.MEETING: "calendar",
    EventKind.CHAT: "note",
    EventKind.NOTE: "note",
    EventKind.TOUCH: "star",
}

_TALKS = {EventKind.CALL: "had a call", EventKind.MEETING: "had a meeting", EventKind.CHAT: "chatted", EventKind.NOTE: "wrote a note"}
_RESULTS = {"no_answer": "no answer", "left_message": "left a message", "call_back": "to be called back"}
_BY_LEAD = {EventKind.CALL: "Called", EventKind.CHAT: "Wrote to", EventKind.MEETING: "Met"}


def icon_of(event: Event, names: EventNames) -> str:
    """The icon's name in icons.svg."""
    return names.touch_icons.get(event.title or "", _ICONS[event.kind]) if event.kind is EventKind.TOUCH else _ICONS[event.kind]


def sentence_of(event: Event, names: EventNames) -> str:
    """What happened, in one line of plain text."""
    page = page_name(event.url, event.title)
    if event.kind in _TALKS:
        return _talk(event, names)
    if event.kind is EventKind.TOUCH:
        return f"{event.title or 'Touch'}, {'recorded' if event.is_touch_by_lead else 'done'} {_by(event, names)}"
    if event.kind is EventKind.CLICK:
        return _click(event, names)
    sentences = {
        EventKind.SENT: f"{names.rep_name(event.rep)} sent {names.subject(event.message)}"
        if event.rep
        else f"{_capital(names.subject(event.message))} was sent",
        EventKind.OPEN: f"Opened {names.subject(event.message)}",
        EventKind.VIEW: f"Viewed {page}",
        EventKind.SUBMIT: act_of(event.form_kind).capitalize() or f"Sent the form on {page}",
        EventKind.DOWNLOAD: f"Downloaded {file_name(event.target)}",
        EventKind.UNSUBSCRIBE: "Unsubscribed from email",
        EventKind.REPLY: _reply(event, names),
        EventKind.BOUNCE: f"{_capital(names.subject(event.message))} {'probably ' if event.fields.get('match') else ''}bounced",
        EventKind.AWAY: f"Automatic reply to {names.subject(event.message)}{_until(event)}",
    }
    return sentences[event.kind]


def _reply(event: Event, names: EventNames) -> str:
    """`Replied to “Offer”`, `x@acme.example replied to “Offer”`."""
    about = f" to {'probably ' if event.fields.get('match') else ''}{names.subject(event.message)}" if event.message else ""
    return f"{event.fields['from']} replied{about}" if event.fields.get("from") else f"Replied{about}"


def _until(event: Event) -> str:
    """`, away until 18 December 2026`; empty where it names no day."""
    try:
        day = date.fromisoformat(event.fields.get("until", ""))
    except ValueError:
        return ""
    return f", away until {day.day} {day:%B %Y}"


def _talk(event: Event, names: EventNames) -> str:
    """`You called, no answer`, `They called you`, `Priya Nair had a meeting`."""
    who, result = names.rep_name(event.rep), event.fields.get("result")
    if event.kind is EventKind.NOTE or event.rep is None:
        return f"{who} {_TALKS[event.kind]}"
    if event.fields.get("direction") == "in" and event.kind in _BY_LEAD:
        return f"{_BY_LEAD[event.kind]} {'you' if who == 'You' else who}"
    return f"{who} called, {_RESULTS[result]}" if event.kind is EventKind.CALL and result in _RESULTS else f"{who} {_TALKS[event.kind]}"


def _by(event: Event, names: EventNames) -> str:
    """`by you`, `by Priya Nair`, or `through the API`."""
    who = names.rep_name(event.rep)
    return "through the API" if event.rep is None else "by you" if who == "You" else f"by {who}"


def _click(event: Event, names: EventNames) -> str:
    if event.share:
        share = names.shares.get(event.share)
        return f"Clicked the link “{share.label}”" if share else "Clicked a link"
    if event.message:
        message = names.messages.get(event.message)
        link = next((link for link in message.links if link.index == event.link), None) if message else None
        name = (link.label if link else None) or page_name(event.url, None)
        return f"Clicked {name} in {names.subject(event.message)}"
    return click_text(event.target, event.text, event.url)


def file_name(target: str | None) -> str:
    """The last part of a download's address."""
    return split_url(target or "")[1].rsplit("/", 1)[-1][:80] or "a file"


_LABEL_REASONS = {
    Label.PROXY: "loaded automatically by an email provider",
    Label.PREFETCH: "loaded automatically by an email client",
    Label.SCANNER: "security scanner or other program",
    Label.SELF: "from your own team",
    Label.DUPLICATE: "duplicate of another event",
    Label.UNSURE: "not confirmed as a person",
    Label.UNKNOWN: "not confirmed as a person",
}
_RULE_REASONS = {
    "apple_privacy_proxy": "loaded automatically by Apple Mail",
    "privacy_relay": "loaded automatically by Apple Mail",
    "gmail_prefetch": "loaded automatically by Gmail",
    "prefetch_header": "loaded in advance",
    "link_preview": "link preview in a chat",
}
"""By the name of the verdict's reason (rules/verdicts), where it says more than the label."""


def is_own(event: Event) -> bool:
    """Whether the event does not count because a rep's marked browser caused it."""
    return event.verdict.label is Label.SELF and OWN in event.signs and event.correction is None


def automatic_reason(event: Event, names: EventNames) -> str:
    """Why this event does not count as a person's, in a few words. `reason_text` has a sentence for each reason."""
    if is_own(event) and event.rep:
        return f"that was {names.rep_name(event.rep)}".replace("You", "you").replace("A colleague", "a colleague")
    named = next((_RULE_REASONS[reason] for reason in event.verdict.reasons if reason in _RULE_REASONS), None)
    own = event.verdict.label in (Label.SELF, Label.DUPLICATE, Label.UNSURE)
    return named if named and not own else _LABEL_REASONS.get(event.verdict.label, _LABEL_REASONS[Label.UNKNOWN])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
