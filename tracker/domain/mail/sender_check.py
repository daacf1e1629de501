"""The sender check: what DNS and the mail server say of the domains that a workspace sends from."""

from datetime import datetime
from enum import StrEnum

import msgspec

LONGEST_RECORD = 2048


class FindingLevel(StrEnum):
    """How severe a finding is."""

    OK = "ok"
    INFO = "info"
    """Nothing has to be done."""
    WARN = "warn"
    """Some mail may be rejected or end as spam."""
    FAIL = "fail"
    """Mail is rejected or ends as spam at large providers."""


class FindingTopic(StrEnum):
    """What a finding is about."""

    LOOKUP = "lookup"
    SERVER = "server"
    PTR = "ptr"
    ONE_CLICK = "one_click"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    ALIGNMENT = "alignment"
    MX = "mx"
    TRACKING = "tracking"


class RecordToSet(msgspec.Struct, frozen=True, kw_only=True):
    """A DNS record to create or to replace an existing one with."""

    host: str
    """The full name, without the last dot."""
    type: str
    value: str
    is_template: bool = False
    """Whether the value has a part in angle brackets to fill in first."""


class SenderFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One result: a sentence, and the record that would change it."""

    topic: FindingTopic
    level: FindingLevel
    text: str
    domain: str = ""
    """The sender's domain; empty: the whole workspace."""
    record: RecordToSet | None = None


class ServerTls(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection to the mail server showed."""

    host: str
    port: int
    address: str = ""
    """The address that answered; empty: none did."""
    is_local: bool = False
    """Whether it is on this machine, where no certificate counts."""
    version: str = ""
    """The version of TLS; empty: no encryption."""
    problem: str = ""
    """Why the connection or its encryption failed; empty: it did not."""


class SenderCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The last check of a workspace, and whether another one is requested."""

    id: str
    """The workspace."""
    due_at: datetime | None = None
    """When a requested check may start; None: none is requested."""
    checked_at: datetime | None = None
    findings: tuple[SenderFinding, ...] = ()

    def of_domain(self, domain: str) -> tuple[SenderFinding, ...]:
        """The findings of one domain, or with an empty name those of the workspace."""
        return tuple(finding for finding in self.findings if finding.domain == domain)

    @property
    def domains(self) -> tuple[str, ...]:
        """The checked domains, in order."""
        return tuple(dict.fromkeys(finding.domain for finding in self.findings if finding.domain))

    def count(self, level: FindingLevel) -> int:
        """How many findings have this level."""
        return sum(finding.level == level for finding in self.findings)
