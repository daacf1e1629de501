"""Records that are lists of tags, such as `v=DMARC1; p=none`: DKIM keys (RFC 6376, 3.2) and DMARC policies (RFC 7489, 6.3). Pure."""


def parse_tags(text: str) -> dict[str, str] | None:
    """The tags by name, in order; None if the text is no such list. Repeated names are invalid."""
    found: dict[str, str] = {}
    for part in text.strip().rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name or name in found:
            return None
        found[name] = value.strip()
    return found
