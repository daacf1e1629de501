"""Writes small ASN databases in the MaxMind DB format 2.0."""

import struct
from pathlib import Path


def _text(value: str) -> bytes:
    return bytes([0x40 | len(value)]) + value.encode()


def _number(value: int, kind: int) -> bytes:
    raw = struct.pack(">I", value)
    return (bytes([kind << 5 | 4]) if kind < 8 else bytes([4, kind - 7])) + raw


def database(path: Path, number: int) -> Path:
    """A database in which addresses of 128.0.0.0/1 belong to one system, and no others to any."""
    data = bytes([0xE1]) + _text("autonomous_system_number") + _number(number, 6)
    nodes = 1
    tree = nodes.to_bytes(3, "big") + (nodes + 16).to_bytes(3, "big")
    metadata = {
        "node_count": _number(nodes, 6), "record_size": b"\xa1\x18", "ip_version": b"\xa1\x04", "database_type": _text("ASN"),
        "languages": b"\x01\x04" + _text("en"), "binary_format_major_version": b"\xa1\x02", "binary_format_minor_version": b"\xa0",
        "build_epoch": b"\x01\x02\x01", "description": b"\xe1" + _text("en") + _text("ASN"),
    }  # fmt: skip
    tail = bytes([0xE0 | len(metadata)]) + b"".join(_text(key) + value for key, value in metadata.items())
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + tail)
    return path
