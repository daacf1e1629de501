"""Files of imports that wait in Redis for half an hour: removed if they name an erased lead. Called by actions.privacy.erase."""

import zlib
from collections.abc import Iterator

import redis

from tracker.domain.leads.lead import Lead


def forget_import_files(client: redis.Redis, workspace: str, lead: Lead | None) -> None:
    """Removes previewed files and rejected rows that contain the lead's address. Raises redis.RedisError."""
    if lead is None:
        return
    address = lead.email.casefold().encode()
    for key in list(_keys(client, workspace)):
        packed = client.get(key)
        if isinstance(packed, bytes) and address in _content(packed):
            client.delete(key)


def _keys(client: redis.Redis, workspace: str) -> Iterator[bytes]:
    for what in ("file", "errors"):
        yield from client.scan_iter(match=f"import:{what}:{workspace}:*", count=1000)


def _content(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed).lower()
    except zlib.error:
        return b""
