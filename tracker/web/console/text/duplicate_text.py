"""Why two leads may be the same person, in words. Pure."""

from tracker.rules.duplicates.compare import REASON_WORDS, SameReason


def same_words(reason: str) -> str:
    """`Same phone number`; empty for a reason of another version."""
    return REASON_WORDS[SameReason(reason)] if reason in tuple(SameReason) else ""
