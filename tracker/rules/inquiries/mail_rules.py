"""Email in the inquiry mailbox: which rule fits, why one is ignored, and what lines of the form `Label: value` say. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tracker.base.errors import Invalid
from tracker.domain.mail.inquiry_mailbox import InquiryMailRule
from tracker.rules.forms.identity import stem
from tracker.rules.forms.words import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, MESSAGE, NAME, PHONE

MOST_RULES = 50
_LONGEST = 200
_MOST_LINES = 400
_LABEL = re.compile(r"\s*(?:[*•-]\s*)?(?P<label>[^\W\d_][^\n:：]{0,50}?)\s*\*{0,2}\s*[:：]\s*(?P<value>.*)")
_MEANINGS = tuple(
    (re.compile(words), name)
    for words, name in (
        (EMAIL, "email"),
        (PHONE, "phone"),
        (COMPANY, "company"),
        (FIRST_NAME, "first_name"),
        (LAST_NAME, "last_name"),
        (NAME, "name"),
        (MESSAGE, "message"),
    )
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+\.[^\s<>()\[\],;:\"'.]+")

REASONS: Mapping[str, str] = MappingProxyType({
    "bounce": "A returned email.",
    "automatic": "An automatic email.",
    "absence": "An automatic reply.",
    "own": "From an address of your company.",
    "rule": "A rule says so.",
    "answer": "An answer in a conversation that Leadlight does not know.",
    "no_rule": "No rule fits.",
    "no_address": "It names no valid address of an inquirer.",
    "unreadable": "It could not be read.",
})  # fmt: skip
"""Why an email is ignored, in words."""


@dataclass(frozen=True, slots=True)
class ReportedInquiry:
    """Who inquires and what they wrote."""

    email: str
    values: Mapping[str, str] = field(default_factory=dict)
    """name, company and phone, as far as they are known."""
    custom: Mapping[str, str] = field(default_factory=dict)
    """Values of custom fields, by name."""
    message: str = ""


def checked_rules(rules: Iterable[InquiryMailRule], reps: Collection[str], teams: Collection[str]) -> tuple[InquiryMailRule, ...]:
    """The rules as they are stored. Raises Invalid; `reps` and `teams` are the ids of those that may be named."""
    found = tuple(rules)
    if len(found) > MOST_RULES:
        raise Invalid("rules", f"must be {MOST_RULES} at most")
    for number, rule in enumerate(found):
        place = f"rules.{number}"
        for name in ("sender", "subject", "source"):
            text = getattr(rule, name)
            if len(text) > _LONGEST or not text.isprintable():
                raise Invalid(f"{place}.{name}", f"must be one line of {_LONGEST} characters at most")
        if not rule.sender and not rule.subject:
            raise Invalid(f"{place}.sender", "must name a sender, or words of the subject")
        if rule.owner is not None and rule.owner not in reps:
            raise Invalid(f"{place}.owner", "must be an active rep of this workspace")
        if rule.team is not None and rule.team not in teams:
            raise Invalid(f"{place}.team", "must be a team of this workspace")
    return found


def fitting(rules: Iterable[InquiryMailRule], sender: str, subject: str) -> InquiryMailRule | None:
    """The first rule that fits."""
    return next((rule for rule in rules if _is_sender(rule.sender, sender) and rule.subject.casefold() in subject.casefold()), None)


def _is_sender(pattern: str, sender: str) -> bool:
    wanted, given = pattern.strip().casefold(), sender.casefold()
    if not wanted:
        return True
    if wanted.startswith("@"):
        return given.endswith(wanted)
    return re.fullmatch(".*".join(re.escape(part) for part in re.split(r"\*+", wanted)), given, re.DOTALL) is not None


def reported(text: str, custom_fields: Collection[str]) -> ReportedInquiry | None:
    """What lines `Label: value` say; None where no label is for an email address. A label alone takes the next line as its value."""
    names = {name.casefold(): name for name in custom_fields}
    values: dict[str, str] = {}
    custom: dict[str, str] = {}
    message: list[str] = []
    others: list[str] = []
    wanted: str | None = None
    in_message = False
    for line in text.split("\n")[:_MOST_LINES]:
        label, value = _labelled(line)
        meaning = names_field(label, names)
        if wanted is not None and line.strip() and (meaning is None or not value):
            _put(values, custom, wanted, line.strip())
            wanted = None
        elif meaning == "message":
            in_message, wanted = True, None
            message += [value] if value else []
        elif meaning is not None:
            in_message, wanted = False, None if value else meaning
            _put(values, custom, meaning, value)
        elif in_message:
            message.append(line.rstrip())
        elif value:
            others.append(f"{label}: {value}")
    address = _ADDRESS.search(values.pop("email", ""))
    if address is None:
        return None
    return ReportedInquiry(address[0], _names(values), custom, "\n".join(["\n".join(message).strip(), *others]).strip())


def names_field(label: str, custom: Mapping[str, str]) -> str | None:
    """What a label asks for: `email`, `name` and so on, or `custom.NAME`; `custom` has the names of custom fields without case."""
    own = custom.get(label.casefold())
    if own is not None:
        return f"custom.{own}"
    known = stem(label)
    return next((name for words, name in _MEANINGS if known and words.search(known)), None)


def _labelled(line: str) -> tuple[str, str]:
    found = _LABEL.fullmatch(line[:5000])
    return (found["label"].strip(), found["value"].strip()) if found else ("", "")


def _put(values: dict[str, str], custom: dict[str, str], meaning: str, value: str) -> None:
    """The first value counts."""
    if value and meaning.startswith("custom."):
        custom.setdefault(meaning.removeprefix("custom."), value)
    elif value:
        values.setdefault(meaning, value)


def _names(values: dict[str, str]) -> dict[str, str]:
    """With one name of first and last name."""
    first, last = values.pop("first_name", ""), values.pop("last_name", "")
    parts = f"{first or values.get('name', '')} {last}".strip()
    return values | ({"name": parts} if parts else {})
