"""URLs of a Redis or Valkey behind Sentinel: `redis+sentinel://[user:password@]host[:port],host[:port]/name[/database][?option=…]`.

User and password are those of the data servers. Sentinels with a password of their own have it in `sentinel_username` and
`sentinel_password`. `rediss+sentinel://` speaks TLS with both; `ssl_ca_certs`, `ssl_certfile`, `ssl_keyfile` name files.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

SENTINEL_SCHEMES = ("redis+sentinel", "rediss+sentinel")
_PORT = 26379
_MAX_PORT = 65535
_TLS_OPTIONS = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
_OPTIONS = _TLS_OPTIONS | {"sentinel_username", "sentinel_password"}
_MOST_PARTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelTarget:
    """Which Sentinels to ask, and how to sign in at the server that they name."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    """What the Sentinels call the primary."""
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    tls_files: dict[str, str] = field(default_factory=dict)


def is_sentinel_url(url: str) -> bool:
    """Whether the URL names Sentinels."""
    return url.partition("://")[0].lower() in SENTINEL_SCHEMES


def sentinel_target(url: str) -> SentinelTarget:
    """What the URL names. Raises ValueError with a text that quotes no part of it."""
    try:
        parts = urlsplit(url.strip())
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise ValueError("not a URL like redis+sentinel://host1:26379,host2:26379/name") from None
    account, _, hosts = parts.netloc.rpartition("@")
    path = [unquote(part) for part in parts.path.strip("/").split("/")]
    if not path[0] or len(path) > _MOST_PARTS:
        raise ValueError("it names no primary: give redis+sentinel://host1:26379,host2:26379/name")
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(f"it has an unknown option ({', '.join(sorted(unknown))}); known are {', '.join(sorted(_OPTIONS))}")
    if len(path) == _MOST_PARTS and not (path[1].isascii() and path[1].isdigit()):
        raise ValueError("the database after the name must be a number")
    user, _, password = account.partition(":")
    return SentinelTarget(
        sentinels=tuple(_address(host) for host in hosts.split(",") if host.strip()) or _no_hosts(),
        name=path[0],
        database=int(path[1]) if len(path) == _MOST_PARTS else 0,
        username=unquote(user) or None,
        password=unquote(password) or None,
        sentinel_username=options.get("sentinel_username") or None,
        sentinel_password=options.get("sentinel_password") or None,
        is_tls=parts.scheme == SENTINEL_SCHEMES[1],
        tls_files={name: value for name, value in options.items() if name in _TLS_OPTIONS},
    )


def _address(text: str) -> tuple[str, int]:
    host, port = text.strip(), ""
    if host.startswith("["):
        host, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":")
    elif ":" in host:
        host, _, port = host.rpartition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) <= _MAX_PORT):
        raise ValueError("the port of a Sentinel is a number from 1 to 65535")
    if not host:
        raise ValueError("a Sentinel has no host name")
    return host, int(port or _PORT)


def _no_hosts() -> tuple[tuple[str, int], ...]:
    raise ValueError("it names no Sentinel: give redis+sentinel://host1:26379,host2:26379/name")
