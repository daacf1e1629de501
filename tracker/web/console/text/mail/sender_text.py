"""Labels of the sender check, for the page. Pure."""

from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, SenderCheck

TOPICS = {
    FindingTopic.LOOKUP: "DNS",
    FindingTopic.SERVER: "Encryption",
    FindingTopic.PTR: "PTR",
    FindingTopic.ONE_CLICK: "Unsubscribe",
    FindingTopic.SPF: "SPF",
    FindingTopic.DKIM: "DKIM",
    FindingTopic.DMARC: "DMARC",
    FindingTopic.ALIGNMENT: "Alignment",
    FindingTopic.MX: "MX",
    FindingTopic.TRACKING: "Tracking address",
}
LEVELS = {
    FindingLevel.OK: ("OK", "tag-accent"),
    FindingLevel.INFO: ("Note", ""),
    FindingLevel.WARN: ("Improve", "tag-warn"),
    FindingLevel.FAIL: ("Fix", "tag-danger"),
}
"""The label of a level, and the class of its tag."""


def summary_of(check: SenderCheck) -> str:
    """`2 to fix, 1 to improve`, or `No problem found`."""
    parts = [
        f"{count} to {word}"
        for level, word in ((FindingLevel.FAIL, "fix"), (FindingLevel.WARN, "improve"))
        if (count := check.count(level))
    ]
    return ", ".join(parts) or "No problem found"
