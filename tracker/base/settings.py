"""Settings: every knob with its default and its meaning, read from the environment or `leadlight.toml`."""

import dataclasses
import hashlib
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from tracker.base.errors import BadSetting

Network = IPv4Network | IPv6Network
_HIGHEST_PORT = 65535
_IPV6 = 6
_NOT_IN_ADDRESS = re.compile(r'[\s\x00-\x1f\x7f?#\\<>"]')


@dataclass(frozen=True, slots=True)
class AllowedTarget:
    """A network, and maybe the one port in it, that outgoing connections may reach although it is private or the port is unusual."""

    network: Network
    port: int | None


def _text(raw: str) -> str:
    return raw.strip()


def _port(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= _HIGHEST_PORT:
        raise ValueError(f"{raw!r} is not a port; give a number from 1 to 65535")
    return int(raw)


def _count(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit():
        raise ValueError(f"{raw!r} is not a whole number")
    return int(raw)


def _workers(raw: str) -> int:
    if not _count(raw):
        raise ValueError("at least 1 process must answer")
    return _count(raw)


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.lower() not in allowed:
            raise ValueError(f"{raw!r} is not one of {', '.join(allowed)}")
        return raw.lower()

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        try:
            parts = urlsplit(raw.strip())
        except ValueError:  # which quotes the address, and a password with it
            parts = urlsplit("")
        if raw.strip() and (parts.scheme not in schemes or not (parts.netloc or parts.path)):
            raise ValueError(f"not a URL with {' or '.join(schemes)} in front")
        return raw.strip()

    return parse


def _web_address(raw: str) -> str:
    """Of a server that speaks HTTP, maybe with a path: what we put behind it has to make an address that works."""
    url = _url("http", "https")(raw).rstrip("/")
    parts = urlsplit(url)
    if url and (_NOT_IN_ADDRESS.search(url) or "@" in parts.netloc or not _is_host(parts.hostname or "") or not _has_port(parts)):
        raise ValueError("not an address like https://links.example.com; give a host, maybe a port and a path, and nothing else")
    return url


def _is_host(name: str) -> bool:
    return bool(name) and not name.startswith(".") and ".." not in name


def _has_port(parts: SplitResult) -> bool:
    """Whether a port can be read, or none is named."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _networks(raw: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in raw.split(",") if part.strip())


def _targets(raw: str) -> tuple[AllowedTarget, ...]:
    found = []
    for part in (part.strip() for part in raw.split(",") if part.strip()):
        if part.startswith("["):
            host, _, port = part[1:].partition("]")
            port = port.removeprefix(":")
        elif part.count(":") == 1:
            host, _, port = part.partition(":")
        else:
            host, port = part, ""
        found.append(AllowedTarget(ip_network(host, strict=False), _port(port) if port else None))
    return tuple(found)


def option(env: str, default: Any, text: str, parse: Callable[[str], Any], *, secret: bool = False) -> Any:
    """Declares one setting: its environment name, default (as text), meaning, parser, and whether it is masked."""
    return field(repr=not secret, metadata={"env": env, "default": default, "help": text, "parse": parse, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The effective settings of one process. Made once at start by `load`; never changed."""

    port: int = option("PORT", "8080", "Console and API.", _port)
    edge_port: int = option("EDGE_PORT", "", "The public edge; empty: PORT + 1.", _port)
    demo_port: int = option("DEMO_PORT", "", "Demo site and demo inbox; empty: PORT + 2.", _port)
    relay_port: int = option("RELAY_PORT", "", "SMTP submission; empty: PORT + 3.", _port)
    metrics_port: int = option("METRICS_PORT", "", "Prometheus metrics; empty: PORT + 4.", _port)
    demo_smtp_port: int = option("DEMO_SMTP_PORT", "", "The demo inbox's mail server; empty: PORT + 5.", _port)
    host: str = option("HOST", "127.0.0.1", "The address all ports listen on; loopback unless you say so.", _text)
    data: Path = option("DATA", "var", "The folder that holds everything kept: databases, spool, keys.", Path)
    mongo_url: str = option("MONGO_URL", "", "MongoDB; empty: the embedded one.", _url("mongodb", "mongodb+srv"), secret=True)
    redis_url: str = option("REDIS_URL", "", "Redis or Valkey; empty: the embedded one.", _url("redis", "rediss", "unix"), secret=True)
    smtp_url: str = option(
        "SMTP_URL",
        "",
        "Outgoing mail, smtp://user:password@host:587 (or smtps://). Empty: set per workspace.",
        _url("smtp", "smtps"),
        secret=True,
    )
    public_url: str = option("PUBLIC_URL", "", "Where reps reach the console; empty: http://localhost:PORT.", _web_address)
    edge_url: str = option(
        "EDGE_URL", "", "Where leads reach the edge, in every link and pixel; empty: http://localhost:EDGE_PORT.", _web_address
    )
    signing_keys_file: Path = option("SIGNING_KEYS_FILE", "", "The token signing keys (mode 0600); empty: DATA/keys/signing.json.", Path)
    spool_sync: str = option("SPOOL_SYNC", "full", "full survives a power cut, normal the death of any process.", _choice("full", "normal"))
    spool_quota_mb: int = option("SPOOL_QUOTA_MB", "4096", "How much room the spool may take, in MB; 0: no limit.", _count)
    trusted_proxies: tuple[Network, ...] = option(
        "TRUSTED_PROXIES", "", "Networks of proxies that may speak for a client's address, comma-separated.", _networks
    )
    slack_api_url: str = option("SLACK_API_URL", "https://slack.com/api", "Slack's Web API.", _web_address)
    outbound_allow: tuple[AllowedTarget, ...] = option(
        "OUTBOUND_ALLOW", "", "network[:port] that HTTP and SMTP may reach although private or at another port, comma-separated.", _targets
    )
    edge_workers: int = option("EDGE_WORKERS", "", "Processes that answer leads; empty: one for every two processor cores.", _workers)
    console_workers: int = option("CONSOLE_WORKERS", "1", "Processes that serve console and API.", _workers)
    log_level: str = option("LOG_LEVEL", "info", "How much is logged.", _choice("debug", "info", "warning", "error"))

    @property
    def spool_dir(self) -> Path:
        """Where the edge writes and the drain reads."""
        return self.data / "spool"

    @property
    def secret_keys_file(self) -> Path:
        """The keyring that encrypts secrets in the database (mode 0600)."""
        return self.data / "keys" / "secrets.json"

    @property
    def run_dir(self) -> Path:
        """Sockets and pid files: short, since a socket's path is limited to 107 bytes, and the same for the same DATA."""
        digest = hashlib.blake2b(str(self.data.resolve()).encode(), digest_size=6).hexdigest()
        temporary = Path("/tmp")  # noqa: S108 - not TMPDIR, which differs between shells; `leadlight up` makes it ours alone
        return (temporary if temporary.is_dir() else Path(tempfile.gettempdir())) / f"leadlight-{os.getuid()}-{digest}"

    @property
    def is_mongo_embedded(self) -> bool:
        """Whether we start and stop MongoDB ourselves."""
        return self.mongo_url.startswith("mongodb://%2F") and quote(str(self.run_dir), safe="") in self.mongo_url

    @property
    def is_redis_embedded(self) -> bool:
        """Whether we start and stop Valkey ourselves."""
        return self.redis_url.startswith(f"unix://{self.run_dir}")


def options() -> tuple[dataclasses.Field[Any], ...]:
    """The declared settings in order; `metadata` holds env, default, help, secret."""
    return dataclasses.fields(Settings)


def as_environment(settings: Settings) -> dict[str, str]:
    """The effective settings as environment variables that `load` reads back to the same: what child processes are given."""
    return {o.metadata["env"]: _written(getattr(settings, o.name)) for o in options()}


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    if isinstance(value, AllowedTarget):
        name = f"[{value.network}]" if value.port and value.network.version == _IPV6 else str(value.network)
        return f"{name}:{value.port}" if value.port else name
    return str(value)


def load(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Reads the settings: environment first, then `leadlight.toml` (here, or where LEADLIGHT_CONFIG says), then defaults.

    Raises BadSetting, naming the variable and what to do.
    """
    env = os.environ if environ is None else environ
    path = file or Path(env.get("LEADLIGHT_CONFIG") or "leadlight.toml")
    from_file = _read_file(path)
    raw = {o.metadata["env"]: env.get(o.metadata["env"]) or from_file.get(o.metadata["env"]) or o.metadata["default"] for o in options()}
    _fill_derived(raw)
    values = {o.name: _parsed(o.metadata["env"], o.metadata["parse"], raw[o.metadata["env"]]) for o in options()}
    for name in ("data", "signing_keys_file"):
        values[name] = _resolved(name.upper(), values[name])
    settings = Settings(**values)
    return _with_embedded(settings)


def _resolved(name: str, path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links that lead in a circle
        raise BadSetting(name, f"{str(path)!r} leads nowhere; give the path of a folder or file that can be made") from error


def _read_file(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadSetting(str(path), f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(str(path), f"is not TOML ({error})") from error
    known = {o.metadata["env"] for o in options()}
    for name in table:
        if name not in known:
            raise BadSetting(name, f"is no setting of Leadlight; see docs/settings.md (found in {path})")
    return {name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in table.items()}


def _fill_derived(raw: dict[str, str]) -> None:
    port = _parsed("PORT", _port, raw["PORT"])
    for offset, name in enumerate(("EDGE_PORT", "DEMO_PORT", "RELAY_PORT", "METRICS_PORT", "DEMO_SMTP_PORT"), start=1):
        raw[name] = raw[name] or str(port + offset)
    raw["PUBLIC_URL"] = raw["PUBLIC_URL"] or f"http://localhost:{port}"
    raw["EDGE_URL"] = raw["EDGE_URL"] or f"http://localhost:{raw['EDGE_PORT']}"
    raw["EDGE_WORKERS"] = raw["EDGE_WORKERS"] or str(max(1, (os.cpu_count() or 1) // 2))
    raw["SIGNING_KEYS_FILE"] = raw["SIGNING_KEYS_FILE"] or str(Path(raw["DATA"]) / "keys" / "signing.json")


def _parsed(name: str, parse: Callable[[str], Any], raw: str) -> Any:
    try:
        return parse(raw)
    except ValueError as error:
        raise BadSetting(name, str(error)) from error


def _with_embedded(settings: Settings) -> Settings:
    run = settings.run_dir
    mongo = settings.mongo_url or f"mongodb://{quote(str(run / 'mongod.sock'), safe='')}/leadlight?directConnection=true"
    redis = settings.redis_url or f"unix://{run}/valkey.sock"
    return dataclasses.replace(settings, mongo_url=mongo, redis_url=redis)
