"""Identifiers: opaque, 32 hex digits, sorted by creation time; ids of workspaces and sites have 16 digits."""

import hashlib
import re
import secrets

import uuid_utils


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as 32 hex digits; ids of one process sort in the order they were made."""
    return uuid_utils.uuid7().hex


def is_id(text: str) -> bool:
    """Whether the text has the form of a record's id."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def short_id() -> str:
    """64 random bits as 16 hex digits: workspaces and site keys, which stand inside tokens."""
    return secrets.token_hex(8)


def id_of(*parts: str) -> str:
    """The same 32 hex digits for the same parts: ids that come from content, so that repeats are harmless."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
