"""What can go wrong, said so that the caller knows whether trying again can help."""


class LeadlightError(Exception):
    """Anything of ours that a person may have to read. The text is safe to show."""


class Malformed(LeadlightError):
    """Input refused at the door. `code` is short and stable: an HTTP 400 body, a metric tag, a test."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Invalid(LeadlightError):
    """Well-formed input with a value that will not do (HTTP 422). `field` names it, the text says what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class NotFound(LeadlightError):
    """No such record in this workspace; another workspace's records are not found either (HTTP 404)."""


class Forbidden(LeadlightError):
    """The rep's role does not allow this (HTTP 403)."""


class Conflict(LeadlightError):
    """Somebody else changed or made it first (HTTP 409)."""


class Taken(Conflict):
    """Another record, a `kind` such as lead, has this value already. `record` is its id; empty where the caller may not know it."""

    def __init__(self, text: str, *, kind: str, record: str | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.record = record


class BadToken(LeadlightError):
    """A token that we did not sign, or not for this use. `reason` is short and stable.

    `workspace` and `message` are what its text names, where that still decodes: hints without a valid signature.
    """

    def __init__(self, reason: str, workspace: str | None = None, message: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.workspace = workspace
        self.message = message


class DeliveryError(LeadlightError):
    """A channel did not take a notice. `permanent`: trying again cannot help, the channel must be mended first."""

    def __init__(self, text: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.retry_after = retry_after


class BadSetting(LeadlightError):
    """A setting that cannot work. `name` is the environment variable; the text says what to do."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
