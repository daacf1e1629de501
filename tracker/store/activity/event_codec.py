"""The layout of an event in MongoDB: short names and packed ids, because most documents are events."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.form import FormKind
from tracker.store.core.client import Document
from tracker.store.core.repository import Client

LAYOUT = 1
"""Version of the layout, stored in every event (`n`) to distinguish it from later ones."""

_PLAIN = {
    "u": "url",
    "s": "site",
    "v": "visitor",
    "g": "page",
    "ti": "title",
    "r": "referrer",
    "ta": "target",
    "x": "text",
    "rp": "rep",
    "co": "correction",
    "rd": "reader",
}
"""Stored name of each optional text."""

_plain_of = attrgetter(*_PLAIN.values())
_NO_TEXTS = (None,) * len(_PLAIN)
_KINDS = {kind.value: kind for kind in EventKind}
_FORM_KINDS = {kind.value: kind for kind in FormKind}
_LABELS = {label.value: label for label in Label}


def packed(workspace: str, record: str) -> bytes:
    """Workspace and id in 24 bytes: a key that cannot refer to another workspace's record."""
    return bytes.fromhex(workspace) + bytes.fromhex(record)


def fingerprint_of(event: Event) -> bytes | None:
    """The hash of user agent and headers, which are stored once (see client_fingerprints); None where the event has neither."""
    return _fingerprint(event.agent, tuple(event.headers.items())) if event.agent or event.headers else None


@lru_cache(maxsize=8192)
def _fingerprint(agent: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    parts = [agent, *(f"{name}:{value}" for name, value in sorted(headers))]
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def encode(event: Event, fingerprint: bytes | None) -> Document:
    """The document of an event and its fingerprint; absent values take no space."""
    ws = bytes.fromhex(event.workspace)
    document: Document = {
        "_id": ws + bytes.fromhex(event.id),
        "w": ws,
        "k": event.kind.value,
        "t": event.at,
        "d": encode_verdict(event.verdict),
        "n": LAYOUT,
    }
    if event.received != event.at:
        document["tr"] = event.received
    for short, record in (("l", event.lead), ("m", event.message), ("h", event.share)):
        if record is not None:
            document[short] = ws + bytes.fromhex(record)
    texts = _plain_of(event)
    if texts != _NO_TEXTS:
        document |= {short: text for short, text in zip(_PLAIN, texts, strict=True) if text is not None}
    if event.address:
        document["a"] = event.address
    if fingerprint:
        document["p"] = fingerprint
    if event.sequence:
        document["q"] = event.sequence
    if event.rules_version:
        document["rv"] = event.rules_version
    if event.link or event.landing is not None or event.fields or event.signs or event.form:
        document |= _rare(event)
    return document


def _rare(event: Event) -> Document:
    """The fields that few events have."""
    document: Document = {}
    if event.landing is not None:
        document = {"c": bytes.fromhex(event.landing), "ct": event.landing_at}
    if event.fields:
        document["f"] = [[name, value] for name, value in event.fields.items()]
    if event.link:
        document["i"] = event.link
    if event.form:
        document["fo"] = packed(event.workspace, event.form)
        if event.form_kind:
            document["fk"] = event.form_kind.value
    if event.signs:
        document["y"] = list(event.signs)
    return document


def decode(document: Document, clients: dict[bytes, Client]) -> Event:
    """The event of a document, whose datetimes are naive UTC; `clients` holds agent and headers by fingerprint."""
    get = document.get
    agent, headers = clients.get(get("p", b""), ("", {}))
    at = document["t"].replace(tzinfo=UTC)
    fields = get("f")
    return Event(
        id=document["_id"][8:].hex(),
        workspace=document["_id"][:8].hex(),
        kind=_KINDS[document["k"]],
        at=at,
        received=document["tr"].replace(tzinfo=UTC) if "tr" in document else at,
        sequence=get("q", ""),
        verdict=_verdict(*document["d"]),
        lead=_unpacked(get("l")),
        message=_unpacked(get("m")),
        share=_unpacked(get("h")),
        link=get("i", 0),
        fields=dict(fields) if fields else {},
        form=_unpacked(get("fo")),
        form_kind=_FORM_KINDS.get(get("fk", "")),
        landing=document["c"].hex() if "c" in document else None,
        landing_at=landing_at.replace(tzinfo=UTC) if (landing_at := get("ct")) else None,
        address=get("a", ""),
        agent=agent,
        headers=headers,
        signs=tuple(get("y", ())),
        url=get("u"),
        site=get("s"),
        visitor=get("v"),
        page=get("g"),
        title=get("ti"),
        referrer=get("r"),
        target=get("ta"),
        text=get("x"),
        rep=get("rp"),
        rules_version=get("rv", 0),
        correction=get("co"),
        reader=get("rd"),
    )


@lru_cache(maxsize=1024)
def _verdict(label: str, confidence: int, *reasons: str) -> Verdict:
    return Verdict(_LABELS[label], confidence / 100, reasons)


def _unpacked(key: bytes | None) -> str | None:
    return key[8:].hex() if key else None


def encode_verdict(verdict: Verdict) -> list[Any]:
    """The stored form of a verdict."""
    return [verdict.label.value, round(verdict.confidence * 100), *verdict.reasons]


def struct_of(kind: type[msgspec.Struct], document: Document) -> Any:
    """Any other value from its stored builtin types."""
    return msgspec.convert(document, kind, builtin_types=(datetime, bytes))
