"""What was done by sending a form, in words: for timeline, live view and replay. Pure."""

from tracker.domain.activity.form import Form, FormKind

KIND_NAMES = {
    FormKind.INQUIRY: "Inquiry",
    FormKind.NEWSLETTER: "Newsletter",
    FormKind.SIGN_IN: "Sign-in",
    FormKind.SEARCH: "Search",
    FormKind.OTHER: "Other",
    FormKind.OFF: "Off",
}
_ACTS = {
    FormKind.NEWSLETTER: "subscribed to the newsletter",
    FormKind.SIGN_IN: "signed in",
    FormKind.SEARCH: "searched",
    FormKind.OTHER: "sent a form",
    FormKind.OFF: "sent a form",
}


def act_of(kind: FormKind | None) -> str:
    """What a lead did by sending a form of this kind; empty for an inquiry, which is named with its page."""
    return _ACTS.get(kind or FormKind.INQUIRY, "")


def label_of(form: Form) -> str:
    """The form as people read it: `Contact form`, or the page where it was sent."""
    if form.is_others:
        return "Other forms"
    words = form.name.replace("-", " ").strip()
    return f"{words[:1].upper()}{words[1:]}" if words not in ("", "form") else f"Form on {form.path}"
