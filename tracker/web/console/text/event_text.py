"""Events as a rep would tell them: one plain sentence each, and why a machine's event does not count. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.activity.event import Event, EventKind, Label
from tracker.domain.mail.message import Message
from tracker.domain.mail.share_link import ShareLink
from tracker.domain.team.rep import Rep
from tracker.rules.page_names import page_name, split_url


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentences may name."""

    messages: Mapping[str, Message]
    shares: Mapping[str, ShareLink]
    reps: Mapping[str, Rep]
    me: str = ""
    """The id of the rep who reads, who is called `You`."""

    def rep_name(self, rep: str | None) -> str:
        """`You`, a name, or a word for a rep who is gone."""
        if rep and rep == self.me:
            return "You"
        found = self.reps.get(rep or "")
        return found.name if found else "A colleague"

    def subject(self, message: str | None) -> str:
        """The subject in quotation marks."""
        found = self.messages.get(message or "")
        return f"“{found.subject}”" if found else "a mail"


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
    EventKind.CALL: "phone",
    EventKind.MEETING: "calendar",
    EventKind.CHAT: "note",
    EventKind.NOTE: "note",
}

_TALKS = {EventKind.CALL: "had a call", EventKind.MEETING: "had a meeting", EventKind.CHAT: "chatted", EventKind.NOTE: "wrote a note"}


def icon_of(event: Event) -> str:
    """The name of the picture beside it."""
    return _ICONS[event.kind]


def sentence_of(event: Event, known: Known) -> str:
    """What happened, in one line of plain text."""
    page = page_name(event.url, event.title)
    if event.kind in _TALKS:
        return f"{known.rep_name(event.rep)} {_TALKS[event.kind]}"
    if event.kind is EventKind.CLICK:
        return _click(event, known)
    sentences = {
        EventKind.SENT: f"{known.rep_name(event.rep)} sent {known.subject(event.message)}"
        if event.rep
        else f"{_capital(known.subject(event.message))} was sent",
        EventKind.OPEN: f"Opened {known.subject(event.message)}",
        EventKind.VIEW: f"Looked at {page}",
        EventKind.SUBMIT: f"Sent the form on {page}",
        EventKind.DOWNLOAD: f"Downloaded {file_name(event.target)}",
        EventKind.UNSUBSCRIBE: "Unsubscribed: no more mail to this lead",
        EventKind.REPLY: f"Replied to {known.subject(event.message)}" if event.message else "Replied",
        EventKind.BOUNCE: f"{_capital(known.subject(event.message))} came back",
    }
    return sentences[event.kind]


def _click(event: Event, known: Known) -> str:
    if event.share:
        share = known.shares.get(event.share)
        return f"Clicked the link “{share.label}”" if share else "Clicked a link"
    if event.message:
        message = known.messages.get(event.message)
        link = next((link for link in message.links if link.index == event.link), None) if message else None
        name = (link.label if link else None) or page_name(event.url, None)
        return f"Clicked {name} in {known.subject(event.message)}"
    return f"Went on to {split_url(event.target or '')[0] or 'another page'}"


def file_name(target: str | None) -> str:
    """The last part of a download's address."""
    return split_url(target or "")[1].rsplit("/", 1)[-1][:80] or "a file"


_MACHINES = {
    Label.PROXY: "a mail provider loaded pictures by itself",
    Label.PREFETCH: "a mail program loaded pictures by itself",
    Label.SCANNER: "a security scanner looked at the mail",
    Label.SELF: "it was one of you",
    Label.DUPLICATE: "the same thing reported twice",
    Label.UNKNOWN: "nothing says that a person did it",
}
_REASONS = {
    "apple_privacy_proxy": "Apple Mail loaded pictures by itself",
    "gmail_prefetch": "Gmail loaded pictures by itself",
    "prefetch_header": "a mail program fetched it ahead of time",
    "office_probe": "Microsoft Office tried the link",
    "link_preview": "a chat program made a preview of the link",
    "too_soon": "too soon after sending for a person",
    "robot_agent": "a security scanner or robot",
    "no_agent": "it did not say what it was",
}
"""By the name of the verdict rule (rules/verdicts) that spoke."""


def machine_words(event: Event) -> str:
    """Why this event does not count."""
    named = next((_REASONS[reason] for reason in event.verdict.reasons if reason in _REASONS), None)
    return named or _MACHINES.get(event.verdict.label, _MACHINES[Label.UNKNOWN])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
