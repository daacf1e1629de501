"""What is learned of recipients' domains, in words for the settings page."""

from dataclasses import dataclass

from tracker.domain.mail.mail_domain import MailService
from tracker.rules.verdicts.evidence import ScanProfile

_SECONDS, _MINUTES = 90, 90 * 60


@dataclass(frozen=True, slots=True)
class LearnedDomain:
    """One row of the table."""

    domain: str
    service: str
    messages: int
    share: str
    delay: str
    networks: int


def learned_domain(domain: str, profile: ScanProfile, service: MailService | None) -> LearnedDomain:
    """The row of a domain; the service is empty where it is unknown."""
    return LearnedDomain(
        domain=domain,
        service=service.vendor if service else "",
        messages=profile.messages,
        share=f"{profile.scanned / profile.messages:.0%}" if profile.messages else "",
        delay=_range(profile.earliest, profile.latest),
        networks=len(profile.networks),
    )


def _range(first: float, last: float) -> str:
    """`20 s to 2 min`; one time where both are the same."""
    earliest, latest = _time(first), _time(last)
    return earliest if earliest == latest else f"{earliest} to {latest}"


def _time(seconds: float) -> str:
    if seconds < _SECONDS:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < _MINUTES else f"{seconds / 3600:.0f} h"
