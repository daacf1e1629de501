"""Files of imports that wait in Redis for half an hour: removed if they name an erased lead. Called by actions.privacy.erase."""

import zlib
from collections.abc import Iterator

import redis

from tracker.domain.leads.lead import Lead

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
"""Those of actions.imports.csv_files."""


def forget_import_files(client: redis.Redis, workspace: str, lead: Lead | None) -> None:
    """Removes previewed files and rejected rows that contain the lead's address or name. Raises redis.RedisError."""
    if lead is None:
        return
    texts = [text.casefold() for text in (lead.email, lead.name) if text]
    for key in list(_keys(client, workspace)):
        packed = client.get(key)
        if isinstance(packed, bytes) and any(text in content for content in _readings(packed) for text in texts):
            client.delete(key)


def _keys(client: redis.Redis, workspace: str) -> Iterator[bytes]:
    for what in ("file", "errors"):
        yield from client.scan_iter(match=f"import:{what}:{workspace}:*", count=1000)


def _readings(packed: bytes) -> list[str]:
    """The file in each encoding that an import may have, in lower case."""
    try:
        content = zlib.decompress(packed)
    except zlib.error:
        return []
    return [content.decode(encoding, "replace").casefold() for encoding in _ENCODINGS]
