"""The guessed kind of a form, from its fields and names. A table: the first row that applies names the kind. Pure.

A guess must not lose an inquiry: where an e-mail address is asked for together with more than a name, it is one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tracker.domain.activity.form import FormField, FormKind
from tracker.rules.forms.identity import FormIdentity
from tracker.rules.forms.words import (
    COMPANY,
    EMAIL,
    IS_COMMENT,
    IS_INQUIRY,
    IS_NEWSLETTER,
    IS_SEARCH,
    IS_SIGN_IN,
    MESSAGE,
    NAME,
    PASSWORD,
    PHONE,
    SEARCH,
    TRAP,
)
from tracker.rules.verdicts.user_agents.pattern_set import PatternSet

_CHOICES = frozenset({"checkbox", "radio"})
_TYPES = {"password": PASSWORD, "search": SEARCH, "email": EMAIL, "tel": PHONE, "textarea": MESSAGE}
_MEANINGS = (TRAP, PASSWORD, EMAIL, PHONE, COMPANY, NAME, MESSAGE, SEARCH)
"""The meanings of names, in the order in which they are tried."""
_FINDER = PatternSet(_MEANINGS)
_OF_NAME = {words: re.compile(words) for words in (IS_COMMENT, IS_INQUIRY, IS_NEWSLETTER, IS_SEARCH, IS_SIGN_IN)}


@dataclass(frozen=True, slots=True)
class FormClues:
    """What a form asks for and what its name says."""

    asked: frozenset[str]
    others: int
    """Fields of no known meaning, without checkboxes and radio buttons."""
    name: str

    def asks(self, *meanings: str) -> bool:
        """Whether a field has one of these meanings."""
        return not self.asked.isdisjoint(meanings)

    def says(self, *words: str) -> bool:
        """Whether the name has one of these words."""
        return any(_OF_NAME[one].search(self.name) for one in words)


@dataclass(frozen=True, slots=True)
class GuessRule:
    """One reason for a kind."""

    name: str
    kind: FormKind
    when: Callable[[FormClues], bool]


def _is_search(form: FormClues) -> bool:
    return (form.asks(SEARCH) or form.says(IS_SEARCH)) and not form.asks(EMAIL, PHONE, MESSAGE)


def _is_message(form: FormClues) -> bool:
    return form.asks(MESSAGE) and (form.asks(EMAIL, PHONE, NAME, COMPANY) or form.others > 0)


def _is_short_sign_in(form: FormClues) -> bool:
    return form.says(IS_SIGN_IN) and not form.says(IS_NEWSLETTER, IS_INQUIRY) and not form.asks(MESSAGE, COMPANY)


RULES = (
    GuessRule("password", FormKind.SIGN_IN, lambda f: f.asks(PASSWORD)),
    GuessRule("search", FormKind.SEARCH, _is_search),
    GuessRule("comment", FormKind.OTHER, lambda f: f.says(IS_COMMENT) and f.asks(MESSAGE)),
    GuessRule("message", FormKind.INQUIRY, _is_message),
    GuessRule("named_newsletter", FormKind.NEWSLETTER, lambda f: f.says(IS_NEWSLETTER) and not f.asks(PHONE)),
    GuessRule("named_sign_in", FormKind.SIGN_IN, _is_short_sign_in),
    GuessRule("named_inquiry", FormKind.INQUIRY, lambda f: f.says(IS_INQUIRY)),
    GuessRule("phone", FormKind.INQUIRY, lambda f: f.asks(PHONE)),
    GuessRule("company", FormKind.INQUIRY, lambda f: f.asks(EMAIL) and f.asks(COMPANY)),
    GuessRule("email_only", FormKind.NEWSLETTER, lambda f: f.asks(EMAIL) and not f.others),
    GuessRule("email_and_more", FormKind.INQUIRY, lambda f: f.asks(EMAIL)),
)
"""For forms whose fields are known; *other* where none applies."""

RULES_BY_NAME = (
    GuessRule("inquiry_page", FormKind.INQUIRY, lambda f: f.says(IS_INQUIRY)),
    GuessRule("newsletter_page", FormKind.NEWSLETTER, lambda f: f.says(IS_NEWSLETTER)),
    GuessRule("sign_in_page", FormKind.SIGN_IN, lambda f: f.says(IS_SIGN_IN)),
    GuessRule("search_page", FormKind.SEARCH, lambda f: f.says(IS_SEARCH)),
)
"""For forms of which only name and page are known; *inquiry* where none applies, as such forms always counted."""


def guess(form: FormIdentity) -> FormKind:
    """The kind of the form. Forms of the same identity have the same."""
    rules, otherwise = (RULES, FormKind.OTHER) if form.is_reported else (RULES_BY_NAME, FormKind.INQUIRY)
    clues = _clues(form)
    return next((rule.kind for rule in rules if rule.when(clues)), otherwise)


def _clues(form: FormIdentity) -> FormClues:
    found = [(one, _meaning(one)) for one in form.fields]
    others = sum(meaning is None and one.type not in _CHOICES for one, meaning in found)
    name = f"{form.name}-{form.path.strip('/').replace('/', '-')}".strip("-")
    return FormClues(frozenset(meaning for _, meaning in found if meaning), others, name)


def _meaning(one: FormField) -> str | None:
    """What the field asks for, if that is known. A trap may be of any type; otherwise the type says more than the name."""
    index = _FINDER.first(one.name)
    by_name = None if index is None else _MEANINGS[index]
    if by_name == TRAP:
        return TRAP
    return None if one.type in _CHOICES else _TYPES.get(one.type, by_name)
