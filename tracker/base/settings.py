"""Settings with their defaults and descriptions, read from the environment or `leadlight.toml`."""

import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tracker.base.errors import BadSetting
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.base.network.dns_servers import DnsServers, parse_dns_servers
from tracker.base.setting_parsers import (
    Network,
    own_host_name,
    parse_address,
    parse_choice,
    parse_count,
    parse_file,
    parse_host,
    parse_host_name,
    parse_kept,
    parse_listen,
    parse_networks,
    parse_night,
    parse_port,
    parse_port_or_none,
    parse_redis_url,
    parse_targets,
    parse_url,
    parse_web_root,
    parse_web_url,
    parse_workers,
)
from tracker.base.settings_file import read_databases, read_settings_file

_IPV6 = 6


def option(env: str, default: Any, text: str, parse: Callable[[str], Any], *, secret: bool = False) -> Any:
    """Declares one setting: environment name, default as text, description, parser, and whether it is masked."""
    return field(repr=not secret, metadata={"env": env, "default": default, "help": text, "parse": parse, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The effective settings of one process, loaded once at start by `load`."""

    port: int = option("PORT", "8080", "Console and API.", parse_port)
    edge_port: int = option("EDGE_PORT", "", "The public edge; empty: PORT + 1.", parse_port)
    demo_port: int = option("DEMO_PORT", "", "Demo site and demo inbox; empty: PORT + 2.", parse_port)
    relay_port: int = option("RELAY_PORT", "", "SMTP submission; empty: PORT + 3.", parse_port)
    relay_tls_port: int = option("RELAY_TLS_PORT", "", "SMTP submission with TLS from the first byte; empty: PORT + 6.", parse_port)
    relay_cert_file: Path | None = option(
        "RELAY_CERT_FILE", "", "The relay's certificate with its chain (PEM); empty: it listens on loopback only.", parse_file
    )
    relay_key_file: Path | None = option("RELAY_KEY_FILE", "", "The private key of RELAY_CERT_FILE (PEM).", parse_file)
    relay_url: str = option(
        "RELAY_URL",
        "",
        "The relay as email clients reach it: smtps://host:port, or smtp:// for STARTTLS. Empty: the host of PUBLIC_URL and the relay's ports.",
        parse_url("smtps", "smtp"),
    )
    imap_url: str = option(
        "IMAP_URL",
        "",
        "The reps' incoming mail server, imaps://host:port, for the set-up of Thunderbird and Apple Mail.",
        parse_url("imaps", "imap"),
    )
    metrics_port: int = option("METRICS_PORT", "", "Prometheus metrics; empty: PORT + 4.", parse_port)
    probe_port: int = option("PROBE_PORT", "0", "Health checks and metrics of each process by itself; 0: none.", parse_port_or_none)
    edge_metrics_dir: Path | None = option("EDGE_METRICS_DIR", "", "The edge's metrics, for a drain in a container of its own.", parse_file)
    demo_smtp_port: int = option("DEMO_SMTP_PORT", "", "The demo inbox's mail server; empty: PORT + 5.", parse_port)
    host: str = option("HOST", "127.0.0.1", "The address on which all ports listen; loopback by default.", parse_listen)
    data: Path = option("DATA", "var", "The folder of all stored data: databases, spool, keys.", Path)
    host_name: str = option(
        "HOST_NAME", "", "The name of this host among several; empty: the machine's. Different on each.", parse_host_name
    )
    mongo_url: str = option("MONGO_URL", "", "MongoDB; empty: the embedded one.", parse_url("mongodb", "mongodb+srv"), secret=True)
    redis_url: str = option("REDIS_URL", "", "Redis or Valkey; empty: the embedded one.", parse_redis_url, secret=True)
    smtp_url: str = option(
        "SMTP_URL",
        "",
        "Outgoing mail, smtp://user:password@host:587 (or smtps://). Empty: set per workspace.",
        parse_url("smtp", "smtps"),
        secret=True,
    )
    ehlo_name: str = option("EHLO_NAME", "", "The name for EHLO, such as mail.example.com; empty: this machine's full name.", parse_host)
    public_url: str = option("PUBLIC_URL", "", "The URL of the console for reps; empty: http://localhost:PORT.", parse_web_root)
    edge_url: str = option(
        "EDGE_URL", "", "The URL of the edge for leads, in every link and pixel; empty: http://localhost:EDGE_PORT.", parse_web_url
    )
    signing_keys_file: Path = option("SIGNING_KEYS_FILE", "", "The token signing keys (mode 0600); empty: DATA/keys/signing.json.", Path)
    spool_sync: str = option(
        "SPOOL_SYNC", "full", "full survives a power failure, normal the crash of any process.", parse_choice("full", "normal")
    )
    spool_quota_mb: int = option("SPOOL_QUOTA_MB", "4096", "Maximum size of the spool in MB; 0: no limit.", parse_count)
    backup_at: str = option(
        "BACKUP_AT", "03:00", "When the nightly backup starts, in the time zone of the oldest workspace; off: none.", parse_night
    )
    backup_dir: Path = option("BACKUP_DIR", "", "The folder of nightly backups; empty: DATA/backups.", Path)
    backup_keep: int = option("BACKUP_KEEP", "14", "Nightly backups that are kept.", parse_kept)
    operator_email: str = option("OPERATOR_EMAIL", "", "Who is told of problems of this machine; empty: the first admin.", parse_address)
    trusted_proxies: tuple[Network, ...] = option(
        "TRUSTED_PROXIES", "", "Networks of proxies whose X-Forwarded-For is trusted, comma-separated.", parse_networks
    )
    slack_api_url: str = option("SLACK_API_URL", "https://slack.com/api", "Slack's Web API.", parse_web_url)
    microsoft_login_url: str = option(
        "MICROSOFT_LOGIN_URL", "https://login.microsoftonline.com", "Microsoft's sign-in server.", parse_web_url
    )
    google_token_url: str = option("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token", "Google's token server.", parse_web_url)
    outbound_allow: tuple[AllowedTarget, ...] = option(
        "OUTBOUND_ALLOW",
        "",
        "Private networks or other ports, network[:port], that HTTP and SMTP may connect to, comma-separated.",
        parse_targets,
    )
    dns_servers: DnsServers = option(
        "DNS_SERVERS",
        "",
        "Name servers for mail exchangers, address[:port], comma-separated; empty: the system's; off: none.",
        parse_dns_servers,
    )
    networks_file: Path | None = option("NETWORKS_FILE", "", "A CSV file of networks that is used over Leadlight's own list.", parse_file)
    asn_database: Path | None = option("ASN_DATABASE", "", "An MMDB file of autonomous systems, for addresses in no list.", parse_file)
    edge_workers: int = option("EDGE_WORKERS", "", "Edge processes; empty: one for every two CPU cores.", parse_workers)
    console_workers: int = option("CONSOLE_WORKERS", "1", "Console and API processes.", parse_workers)
    log_level: str = option("LOG_LEVEL", "info", "The minimum level of log lines.", parse_choice("debug", "info", "warning", "error"))

    @property
    def spool_dir(self) -> Path:
        """The folder of the spool."""
        return self.data / "spool"

    @property
    def secret_keys_file(self) -> Path:
        """The keyring that encrypts secrets in the database (mode 0600)."""
        return self.data / "keys" / "secrets.json"

    @property
    def vapid_key_file(self) -> Path:
        """The key by which push services know this installation (mode 0600)."""
        return self.data / "keys" / "push.pem"

    @property
    def recovery_key_file(self) -> Path:
        """The public half of the recovery key of nightly backups (mode 0600)."""
        return self.data / "keys" / "recovery.json"

    @property
    def databases_file(self) -> Path:
        """Where the embedded databases were moved to (mode 0600); see `settings_file`."""
        return self.data / "databases.json"

    @property
    def run_dir(self) -> Path:
        """The folder of sockets and pid files, fixed for each DATA. It is short because socket paths are limited to 107 bytes."""
        digest = hashlib.blake2b(str(self.data.resolve()).encode(), digest_size=6).hexdigest()
        temporary = Path("/tmp")  # noqa: S108 - not TMPDIR, which differs between shells; `leadlight up` restricts its permissions
        return (temporary if temporary.is_dir() else Path(tempfile.gettempdir())) / f"leadlight-{os.getuid()}-{digest}"

    @property
    def is_mongo_embedded(self) -> bool:
        """Whether Leadlight runs its own MongoDB."""
        return self.mongo_url.startswith("mongodb://%2F") and quote(str(self.run_dir), safe="") in self.mongo_url

    @property
    def is_redis_embedded(self) -> bool:
        """Whether Leadlight runs its own Valkey."""
        return self.redis_url.startswith(f"unix://{self.run_dir}")

    @property
    def moved(self) -> dict[str, str]:
        """By setting, where `leadlight move` has moved the databases that were embedded when these settings were loaded."""
        ours = {"MONGO_URL": self.is_mongo_embedded, "REDIS_URL": self.is_redis_embedded}
        return {name: url for name, url in read_databases(self.databases_file).items() if ours[name]}


def options() -> tuple[dataclasses.Field[Any], ...]:
    """The declared settings in order; `metadata` holds env, default, help, secret."""
    return dataclasses.fields(Settings)


def as_environment(settings: Settings) -> dict[str, str]:
    """The effective settings as environment variables for child processes; `load` reads them back unchanged."""
    return {o.metadata["env"]: _format(getattr(settings, o.name)) for o in options()}


def _format(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_format, value))
    if isinstance(value, AllowedTarget):
        name = f"[{value.network}]" if value.port and value.network.version == _IPV6 else str(value.network)
        return f"{name}:{value.port}" if value.port else name
    return "" if value is None else str(value)


def load(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Reads the settings from the environment, then `leadlight.toml` (or the file in LEADLIGHT_CONFIG), then the defaults.

    Raises BadSetting with the variable and the correction.
    """
    env = os.environ if environ is None else environ
    path = file or Path(env.get("LEADLIGHT_CONFIG") or "leadlight.toml")
    from_file = read_settings_file(path, {o.metadata["env"] for o in options()})
    raw = {o.metadata["env"]: env.get(o.metadata["env"]) or from_file.get(o.metadata["env"]) or o.metadata["default"] for o in options()}
    _fill_derived(raw)
    values = {o.name: _parse(o.metadata["env"], o.metadata["parse"], raw[o.metadata["env"]]) for o in options()}
    for name, value in values.items():
        if isinstance(value, Path):
            values[name] = _resolve(name.upper(), value)
    settings = Settings(**values)
    return _with_embedded(settings)


def _resolve(name: str, path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of symbolic links
        raise BadSetting(name, f"{str(path)!r} is not a valid path; give the path of a folder or file") from error


def _fill_derived(raw: dict[str, str]) -> None:
    port = _parse("PORT", parse_port, raw["PORT"])
    derived = ("EDGE_PORT", "DEMO_PORT", "RELAY_PORT", "METRICS_PORT", "DEMO_SMTP_PORT", "RELAY_TLS_PORT")
    for offset, name in enumerate(derived, start=1):
        raw[name] = raw[name] or str(port + offset)
    raw["PUBLIC_URL"] = raw["PUBLIC_URL"] or f"http://localhost:{port}"
    raw["EDGE_URL"] = raw["EDGE_URL"] or f"http://localhost:{raw['EDGE_PORT']}"
    raw["EDGE_WORKERS"] = raw["EDGE_WORKERS"] or str(max(1, (os.cpu_count() or 1) // 2))
    raw["HOST_NAME"] = raw["HOST_NAME"] or own_host_name()
    raw["BACKUP_DIR"] = raw["BACKUP_DIR"] or str(Path(raw["DATA"]) / "backups")
    raw["SIGNING_KEYS_FILE"] = raw["SIGNING_KEYS_FILE"] or str(Path(raw["DATA"]) / "keys" / "signing.json")


def _parse(name: str, parse: Callable[[str], Any], raw: str) -> Any:
    try:
        return parse(raw)
    except ValueError as error:
        raise BadSetting(name, str(error)) from error


def _with_embedded(settings: Settings) -> Settings:
    run, moved = settings.run_dir, read_databases(settings.databases_file)
    own = f"mongodb://{quote(str(run / 'mongod.sock'), safe='')}/leadlight?directConnection=true"
    redis = settings.redis_url or moved.get("REDIS_URL") or f"unix://{run}/valkey.sock"
    return dataclasses.replace(settings, mongo_url=settings.mongo_url or moved.get("MONGO_URL") or own, redis_url=redis)
