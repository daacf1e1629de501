"""Header fields as they were sent: `Message.get` of the standard library replaces what is no ASCII."""

from email.message import Message


def raw_fields(mail: "Message[str, str]", name: str) -> list[str]:
    """The fields of this name (in lower case), undecoded; bytes that are no ASCII are kept as surrogates."""
    return [str(value) for key, value in mail.raw_items() if key.lower() == name]


def raw_field(mail: "Message[str, str]", name: str) -> str:
    """The first field of this name; empty for none."""
    return next(iter(raw_fields(mail, name)), "")


def as_text(value: str) -> str:
    """An undecoded field without surrogates: bytes that are no ASCII count as UTF-8 (RFC 6532), else as Windows-1252."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
