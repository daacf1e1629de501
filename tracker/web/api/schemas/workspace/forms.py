"""Form schemas of requests and responses."""

from typing import Literal

from pydantic import Field

from tracker.domain.activity.form import MAPPED, Form, FormMapping
from tracker.rules.forms.mapping import guessed_mapping
from tracker.web.api.schemas.base import In, Moment, Out


class FormFieldOut(Out):
    """A field of a form: its type as HTML names it, and its name without generated parts."""

    type: str
    name: str


class FormMappingOut(Out):
    """Which field says what about the sender; null: none does."""

    email: str | None
    name: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    company: str | None
    message: str | None


class FormMappingIn(In):
    """Which field says what about the sender, by the names in `fields`."""

    email: str = Field("", max_length=100)
    name: str = Field("", max_length=100)
    first_name: str = Field("", max_length=100)
    last_name: str = Field("", max_length=100)
    phone: str = Field("", max_length=100)
    company: str = Field("", max_length=100)
    message: str = Field("", max_length=100)


class FormOut(Out):
    """A form that was sent on a site."""

    id: str
    site: str = Field(description="The key of the site")
    name: str = Field(description="Its id, name or address without generated parts; may be empty")
    path: str = Field(description="The page where it was last sent")
    fields: list[FormFieldOut]
    guess: str | None = Field(
        description="inquiry newsletter sign_in search other; null for the row of all forms beyond the limit of a site"
    )
    kind: str | None = Field(description="As an admin decided: inquiry newsletter sign_in search other off; null: the guess counts")
    decided_by: str | None = Field(description="The rep; null for a program")
    decided_at: Moment | None
    consent_field: str | None = Field(description="The checkbox by which leads allow tracking; null: none")
    consent_wording: str | None = Field(description="Its label as visitors see it, for the proof")
    mapping: FormMappingOut | None = Field(description="Approved: inquiries by this form become leads; null: not approved")
    mapping_guess: FormMappingOut | None = Field(
        description="What types and names of the fields suggest; null: no field for an email address"
    )
    sent: int = Field(description="How often it was sent, by programs too")
    first_seen_at: Moment
    last_seen_at: Moment


class FormIn(In):
    """What a form is."""

    kind: Literal["inquiry", "newsletter", "sign_in", "search", "other", "off"] = Field(description="Only inquiries score and alert")
    consent_field: str | None = Field(
        None,
        max_length=100,
        description="The name of a checkbox in `fields` by which leads allow tracking; empty: none; left out: unchanged",
    )
    mapping: FormMappingIn | None = Field(
        None,
        description="Approves which fields make a lead of an inquiry, and keeps their values from now on; without email: takes it back; "
        "left out: unchanged",
    )
    consent_wording: str = Field("", max_length=1000, description="Its label as visitors see it; needed with `consent_field`")


def form_out(form: Form, sent: int) -> FormOut:
    """The form as a response."""
    names = ("id", "site", "name", "path", "guess", "kind", "decided_by", "decided_at", "first_seen_at", "last_seen_at")
    fields = [FormFieldOut.model_construct(type=one.type, name=one.name) for one in form.fields]
    return FormOut.model_construct(
        **{name: getattr(form, name) for name in names},
        fields=fields,
        sent=sent,
        mapping=_mapping_out(form.mapping),
        mapping_guess=_mapping_out(guessed_mapping(form)),
        consent_field=form.consent.field if form.consent else None,
        consent_wording=form.consent.wording if form.consent else None,
    )


def _mapping_out(mapping: FormMapping | None) -> FormMappingOut | None:
    return FormMappingOut.model_construct(**{name: getattr(mapping, name) or None for name in MAPPED}) if mapping else None
