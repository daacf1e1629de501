"""The seven languages of everything a lead reads, and which of them a browser prefers."""

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
"""English is the default."""
_MOST_RANGES = 20


def preferred(accept_language: str) -> str:
    """The language of an Accept-Language header (RFC 9110, 12.5.4) that we have, by weight, then by order; English if there is none."""
    ranges: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.lower().split(",")[:_MOST_RANGES]):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().partition("-")[0]
        if language in LANGUAGES and (weight := _weight(parameters)) > 0:
            ranges.append((-weight, place, language))
    return min(ranges)[2] if ranges else LANGUAGES[0]


def known(language: str) -> str:
    """The same language if we have it, else English."""
    return language if language in LANGUAGES else LANGUAGES[0]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
