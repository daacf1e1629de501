"""Complete HTTP requests as browsers send them. Used by every case that loads a server."""

import json
import random
from collections.abc import Sequence
from typing import Any

from tracker.links.keys import Keys
from tracker.links.tokens import ClickClaims, OpenClaims, mint_click, mint_open

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
ORIGIN = "https://www.northwind.example"
COLLECTED_EVENTS = 2
"""Events in one body of `collects`."""
BODY_BYTES = 600

_HEADERS = "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9,de;q=0.8\r\nConnection: keep-alive\r\n"
_PICTURE = f"Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\r\nUser-Agent: %s\r\n{_HEADERS}"
_PAGE = f"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nUser-Agent: %s\r\n{_HEADERS}Upgrade-Insecure-Requests: 1\r\n"
_BEACON = f"Accept: */*\r\nUser-Agent: %s\r\n{_HEADERS}Origin: {ORIGIN}\r\nReferer: {ORIGIN}/\r\nContent-Type: text/plain;charset=UTF-8\r\n"


def get(path: str, agent: str = AGENT) -> bytes:
    """A request for an image."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{_PICTURE % agent}\r\n".encode()


def pixels(keys: Keys, workspace: str, messages: Sequence[str], agents: Sequence[str] = (AGENT,)) -> list[bytes]:
    """One open of each message."""
    tokens = [mint_open(keys, OpenClaims(workspace, message)) for message in messages]
    return [get(f"/o/{token}.gif", agents[i % len(agents)]) for i, token in enumerate(tokens)]


def clicks(keys: Keys, workspace: str, messages: Sequence[str], agents: Sequence[str] = (AGENT,)) -> list[bytes]:
    """One click on the link of each message, to one of the workspace's own sites."""
    url = f"{ORIGIN}/pricing?plan=team"
    tokens = [mint_click(keys, ClickClaims(workspace, message, None, 0, url)) for message in messages]
    head = "GET /c/%s HTTP/1.1\r\nHost: localhost\r\n"
    return [(head % token + _PAGE % agents[i % len(agents)] + "\r\n").encode() for i, token in enumerate(tokens)]


def collects(site: str, visitors: int, agents: Sequence[str] = (AGENT,), seed: int = 1) -> list[bytes]:
    """One beacon of 600 bytes from each visitor: a page view and a heartbeat."""
    rng = random.Random(seed)
    return [_beacon(site, f"v{rng.getrandbits(64):016x}", rng, agents[i % len(agents)]) for i in range(visitors)]


def _beacon(site: str, visitor: str, rng: random.Random, agent: str) -> bytes:
    page = f"p{rng.getrandbits(40):010x}"
    common = {"page": page, "url": f"{ORIGIN}/pricing?plan=team", "title": "Prices and plans - Northwind"}
    view: dict[str, Any] = {"id": f"{page}.0", "kind": "view", **common, "referrer": "https://www.google.com/", "ago_ms": 1200}
    beat = {"id": f"{page}.1", "kind": "beat", **common, "ago_ms": 0, "active_ms": 5000, "scroll": 40}
    body = json.dumps({"site": site, "visitor": visitor, "events": [view, beat]}, separators=(",", ":"))
    view["referrer"] += "x" * (BODY_BYTES - len(body))
    body = json.dumps({"site": site, "visitor": visitor, "events": [view, beat]}, separators=(",", ":"))
    return f"POST /e HTTP/1.1\r\nHost: localhost\r\n{_BEACON % agent}Content-Length: {len(body)}\r\n\r\n{body}".encode()
