"""Forms on the company's site: what the snippet reports of one, the kinds, and the record of a form that was sent."""

from datetime import datetime
from enum import StrEnum

import msgspec


class FormKind(StrEnum):
    """What a form is for. Only inquiries score and alert."""

    INQUIRY = "inquiry"
    NEWSLETTER = "newsletter"
    SIGN_IN = "sign_in"
    SEARCH = "search"
    OTHER = "other"
    OFF = "off"
    """Switched off by an admin: shown in the visit, and no more."""


GUESSED_KINDS = tuple(kind for kind in FormKind if kind is not FormKind.OFF)
"""The kinds that a guess may have."""


class FormField(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One field: its type as HTML names it, and its name. Never its value."""

    type: str
    name: str


class FormShape(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the snippet reports of a sent form: its attributes, and the fields in their order. A password field has no name."""

    id: str = ""
    """Its id, else its name."""
    action: str = ""
    """The address it is sent to as the page names it, without query and fragment."""
    fields: tuple[FormField, ...] = ()


class FormConsent(msgspec.Struct, frozen=True, kw_only=True):
    """The checkbox of a form by which leads allow tracking."""

    field: str
    """Its name as the form lists it, without generated parts."""
    wording: str
    """Its label as visitors see it: the proof holds it."""
    since: datetime
    """Only forms sent since then count."""


class FormMapping(msgspec.Struct, frozen=True, kw_only=True):
    """Which fields of an inquiry say who sent it. Names are as the form lists them; empty: the form does not ask for it."""

    email: str
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    company: str = ""
    message: str = ""
    since: datetime | None = None
    """When an admin approved it: only forms sent since then make leads. None for a guess."""


MAPPED = ("email", "name", "first_name", "last_name", "phone", "company", "message")
"""What a mapping has, in the order in which it is shown."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form that was sent on a site. Its id comes from its content."""

    id: str
    workspace: str
    site: str
    name: str
    """For people: what remains of its attributes without generated parts; may be empty."""
    path: str
    """The page where it was last sent."""
    fields: tuple[FormField, ...] = ()
    guess: FormKind | None = None
    """None for the row of all forms beyond the limit of a site, whose guesses differ."""
    kind: FormKind | None = None
    """As an admin decided; empty: the guess counts."""
    decided_by: str | None = None
    """The rep; empty for a program."""
    decided_at: datetime | None = None
    consent: FormConsent | None = None
    """Chosen by an admin for an approved form."""
    mapping: FormMapping | None = None
    """Approved by an admin: inquiries by this form become leads. None: of leads already known only."""
    leads_day: str = ""
    """The day, as ISO text in the workspace's zone, on which it made `leads_made` new leads."""
    leads_made: int = 0
    first_seen_at: datetime
    last_seen_at: datetime
    version: int = 0

    @property
    def effective(self) -> FormKind | None:
        """The kind that counts; None for the row of all others while each has its own guess."""
        return self.kind or self.guess

    @property
    def is_others(self) -> bool:
        """Whether the row stands for all forms beyond the limit."""
        return self.guess is None
