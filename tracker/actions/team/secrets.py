"""Secrets: created once, shown once, stored only as a hash. Used by sign-in links, sessions and API keys."""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """256 random bits as text."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """The stored SHA-256 hash; secrets of 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
