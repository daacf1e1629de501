"""Parsers of setting values: from the text of an environment variable or `leadlight.toml` to a typed value. Called by `settings`.

Each raises ValueError with a text that says what is wrong and never quotes a secret.
"""

import platform
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tracker.base.mail_addresses import address_key
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.base.network.host_names import ascii_host, ascii_name
from tracker.base.network.sentinel_url import SENTINEL_SCHEMES, is_sentinel_url, sentinel_target

Network = IPv4Network | IPv6Network
_MAX_PORT = 65535
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_HOST_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}")
_NOT_IN_URL = re.compile(r'[\s\x00-\x1f\x7f?#\\<>"]')


def parse_file(raw: str) -> Path | None:
    """The path of a file, or None for an empty text."""
    return Path(raw.strip()) if raw.strip() else None


def parse_text(raw: str) -> str:
    """The text without surrounding white space."""
    return raw.strip()


def parse_host(raw: str) -> str:
    """A host name, or an empty text."""
    if not raw.strip():
        return ""
    try:
        return ascii_host(raw.strip())
    except ValueError:
        raise ValueError(f"{raw!r} is not a host name") from None


def parse_host_name(raw: str) -> str:
    """The name of a host in lists, or an empty text."""
    text = raw.strip()
    if text and not _HOST_NAME.fullmatch(text):
        raise ValueError(f"{raw!r} is not a name of 1 to 253 letters, digits, dots, hyphens and underscores")
    return text


def own_host_name() -> str:
    """The machine's name, as `parse_host_name` accepts it."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", platform.node())[:253] or "localhost"


def parse_listen(raw: str) -> str:
    """An address to listen on; an IPv6 address may be in brackets."""
    text = raw.strip()
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def parse_port(raw: str) -> int:
    """A TCP port."""
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= _MAX_PORT:
        raise ValueError(f"{raw!r} is not a port; give a number from 1 to 65535")
    return int(raw)


def parse_port_or_none(raw: str) -> int:
    """A TCP port, or 0 for none."""
    try:
        return 0 if raw == "0" else parse_port(raw)
    except ValueError as error:
        raise ValueError(f"{error}, or 0 for none") from None


def parse_count(raw: str) -> int:
    """A whole number of at least 0."""
    if not raw.isascii() or not raw.isdigit():
        raise ValueError(f"{raw!r} is not a whole number")
    return int(raw)


def parse_workers(raw: str) -> int:
    """A number of processes, at least 1."""
    if not parse_count(raw):
        raise ValueError("at least 1 process is needed")
    return parse_count(raw)


def parse_kept(raw: str) -> int:
    """A number of files that are kept, at least 1."""
    if not parse_count(raw):
        raise ValueError("at least 1 must be kept")
    return parse_count(raw)


def parse_night(raw: str) -> str:
    """A time of day as `HH:MM`, or `off`."""
    text = raw.strip().lower()
    if text != "off" and not _TIME_OF_DAY.fullmatch(text):
        raise ValueError(f"{raw!r} is not a time like 03:00, or off")
    return text


def parse_address(raw: str) -> str:
    """An email address, or an empty text."""
    text = raw.strip()
    if text and (not address_key(text) or any(c.isspace() or not c.isprintable() for c in text)):
        raise ValueError(f"{raw!r} is not an email address")
    return text


def parse_choice(*allowed: str) -> Callable[[str], str]:
    """A parser for one of the words, in any case."""

    def parse(raw: str) -> str:
        if raw.lower() not in allowed:
            raise ValueError(f"{raw!r} is not one of {', '.join(allowed)}")
        return raw.lower()

    return parse


def parse_url(*schemes: str) -> Callable[[str], str]:
    """A parser for a URL with one of the schemes, or for an empty text."""

    def parse(raw: str) -> str:
        try:
            parts = urlsplit(raw.strip())
        except ValueError:  # its text quotes the URL with its password
            parts = urlsplit("")
        if raw.strip() and (parts.scheme not in schemes or not (parts.netloc or parts.path)):
            raise ValueError(f"not a URL that starts with {' or '.join(schemes)}")
        return raw.strip()

    return parse


def parse_redis_url(raw: str) -> str:
    """The URL of Redis or Valkey, or of the Sentinels that know it, or an empty text."""
    url = parse_url("redis", "rediss", "unix", *SENTINEL_SCHEMES)(raw)
    if is_sentinel_url(url):
        sentinel_target(url)
    return url


def parse_web_url(raw: str) -> str:
    """The URL of a web server with an optional path, without a trailing slash; other URLs are formed by appending to it."""
    url = parse_url("http", "https")(raw).rstrip("/")
    parts = urlsplit(url)
    if url and (_NOT_IN_URL.search(url) or "@" in parts.netloc or not _is_host(parts.hostname or "") or not _has_port(parts)):
        raise ValueError("not a URL like https://links.example.com; give a host, optionally with a port and a path")
    return url if url.isascii() or not url else _with_ascii_host(url, parts)


def parse_web_root(raw: str) -> str:
    """As `parse_web_url`, for a server whose pages do not work under a path."""
    url = parse_web_url(raw)
    if path := urlsplit(url).path:
        raise ValueError(f"has the path {path}, but the console needs a host of its own: give {url.removesuffix(path)}, or another host")
    return url


def _with_ascii_host(url: str, parts: SplitResult) -> str:
    """The URL with its international host name as browsers send it."""
    host = parts.netloc.partition(":")[0]
    try:
        return url.replace(host, ascii_name(host), 1) if host else url
    except ValueError:
        raise ValueError("its host is not a host name") from None


def _is_host(name: str) -> bool:
    return bool(name) and not name.startswith(".") and ".." not in name


def _has_port(parts: SplitResult) -> bool:
    """Whether the port is valid or absent."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def parse_networks(raw: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, separated by commas."""
    return tuple(ip_network(part.strip().replace("[", "").replace("]", ""), strict=False) for part in raw.split(",") if part.strip())


def parse_targets(raw: str) -> tuple[AllowedTarget, ...]:
    """Targets `network[:port]` separated by commas, IPv6 networks with a port in brackets."""
    found = []
    for part in (part.strip() for part in raw.split(",") if part.strip()):
        if part.startswith("["):
            host, _, port = part[1:].partition("]")
            port = port.removeprefix(":")
        elif part.count(":") == 1:
            host, _, port = part.partition(":")
        else:
            host, port = part, ""
        found.append(AllowedTarget(ip_network(host, strict=False), parse_port(port) if port else None))
    return tuple(found)
