"""Exceptions. Each type tells the caller whether a retry can help."""

from collections.abc import Mapping


class LeadlightError(Exception):
    """Base class of all exceptions of Leadlight. The text is safe to show to users."""


class Malformed(LeadlightError):
    """Malformed input (HTTP 400). `code` is short and stable: the response body, a metric label, a test id."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Invalid(LeadlightError):
    """Well-formed input with an invalid value (HTTP 422). `field` names it, the text says how to correct it."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class NotFound(LeadlightError):
    """No such record in this workspace (HTTP 404); also for records of other workspaces."""


class Forbidden(LeadlightError):
    """The rep's role does not allow this (HTTP 403)."""


class Conflict(LeadlightError):
    """Another request changed or created the record first (HTTP 409)."""


class Taken(Conflict):
    """Another record of this `kind`, such as lead, has the value. `record` is its id; None if the caller may not see it."""

    def __init__(self, text: str, *, kind: str, record: str | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.record = record


class Stale(Conflict):
    """Someone else changed a field that this change sets, after the person saw it. `seen`: the present values, by field (`seen_text`)."""

    def __init__(self, text: str, *, seen: Mapping[str, str]) -> None:
        super().__init__(text)
        self.seen = seen


class BadToken(LeadlightError):
    """A token with an invalid signature or another purpose. `reason` is short and stable.

    `workspace` and `message` are what its text names, where that still decodes: hints without a valid signature.
    """

    def __init__(self, reason: str, workspace: str | None = None, message: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.workspace = workspace
        self.message = message


class DeliveryError(LeadlightError):
    """A delivery failed. `permanent`: a retry cannot help before the channel is corrected. `answer`: the peer's own words, untrusted."""

    def __init__(self, text: str, *, permanent: bool, retry_after: float | None = None, answer: str = "") -> None:
        super().__init__(text)
        self.answer = answer
        self.permanent = permanent
        self.retry_after = retry_after


class BadSetting(LeadlightError):
    """An invalid setting. `name` is the environment variable, the text says how to correct it."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
