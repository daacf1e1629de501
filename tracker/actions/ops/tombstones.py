"""Tombstones of erased leads: in the database, and in the file `DATA/erased`, which outlives the database. Used by erasure and restore.

The file has a line for each erased lead: workspace, keyed hashes of id and address, and the time. It is never shortened. The hashes are
keyed with the oldest signing key, which every backup of the installation contains.
"""

import hmac
import os
import secrets
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from tracker.base.errors import LeadlightError
from tracker.base.mail_addresses import mailbox_key
from tracker.base.settings import Settings
from tracker.domain.leads.lead import Lead
from tracker.domain.privacy.erasure import Tombstone
from tracker.links.keys import Keys, sign

_AUDIENCE = b"leadlight.erased"
_DIGITS = 32
_PARTS = 4


def path_of(settings: Settings) -> Path:
    """The path of the file."""
    return settings.data / "erased"


def tombstone_of(keys: Keys, lead: Lead, at: datetime) -> Tombstone:
    """The tombstone of a lead."""
    return Tombstone(
        id=_hash(keys, lead.workspace, f"lead:{lead.id}"),
        workspace=lead.workspace,
        email=_hash(keys, lead.workspace, f"email:{mailbox_key(lead.email)}"),
        at=at,
    )


def is_erased(lead: Lead, own: Tombstone, by_id: Container[str], by_email: Mapping[str, datetime]) -> bool:
    """Whether the lead is a copy of an erased one: the same id, or the same address and not added since.

    `own` is the lead's own tombstone; `by_email` holds the time of the last erasure of each address.
    """
    erased_at = by_email.get(own.email)
    return own.id in by_id or (erased_at is not None and lead.created_at <= erased_at)


def read(path: Path) -> list[Tombstone]:
    """The tombstones in a file; none if there is no file. Raises LeadlightError for anything else."""
    try:
        lines = path.read_text("ascii").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise LeadlightError(f"{path} cannot be read as a list of erased leads") from error
    return [_parsed(path, number, line) for number, line in enumerate(lines, 1)]


def add(path: Path, tombstones: Iterable[Tombstone]) -> None:
    """Adds those that the file does not contain; replaces it atomically. Raises OSError, LeadlightError."""
    known = {(one.workspace, one.id): one for one in read(path)}
    merged = {(one.workspace, one.id): one for one in tombstones} | known
    if merged.keys() == known.keys():
        return
    text = "".join(f"{one.workspace} {one.id} {one.email} {one.at.isoformat()}\n" for one in merged.values())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _parsed(path: Path, number: int, line: str) -> Tombstone:
    parts = line.split(" ")
    try:
        if len(parts) != _PARTS or [len(bytes.fromhex(part)) for part in parts[:3]] != [8, 16, 16]:
            raise ValueError  # noqa: TRY301 - one place reports every invalid line
        at = datetime.fromisoformat(parts[3])
        if at.tzinfo is None:
            raise ValueError  # noqa: TRY301 - as above
    except ValueError:
        raise LeadlightError(f"{path}, line {number}: not a list of erased leads") from None
    return Tombstone(id=parts[1], workspace=parts[0], email=parts[2], at=at)


def _hash(keys: Keys, workspace: str, text: str) -> str:
    oldest: hmac.HMAC = keys.derived(_AUDIENCE)[-1]
    return sign(oldest, f"{workspace}:{text}".encode("utf-8", "surrogatepass")).hex()[:_DIGITS]
